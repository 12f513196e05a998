//! A query as SQL.

use eventsource_core::{Filter, Query, StreamId};
use tokio_postgres::types::{ToSql, Type};

use crate::tags::hash;

/// A select for the positions of the matches after `$1` up to `$2`, of which it finds the first `$3`.
/// The texts of the query are parameters, never parts of the SQL.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) sql: String,
    /// The parameters from `$4` on.
    values: Vec<Value>,
}

/// A parameter.
#[derive(Debug)]
enum Value {
    Text(String),
    Texts(Vec<String>),
    Number(i64),
}

impl Selection {
    /// The selection of a query; `None` if no event can match it.
    pub(super) fn of(query: &Query, schema: &str) -> Option<Self> {
        let mut selection = Self {
            sql: String::new(),
            values: Vec::new(),
        };
        let tenant = query.tenant.as_deref();
        if tenant.is_some_and(has_nul) {
            return None;
        }
        let possible = query.filters.iter().filter_map(Possible::of);
        let (tagged, others): (Vec<_>, Vec<_>) =
            possible.partition(|it| !it.filter.tags.is_empty());
        if !query.filters.is_empty() && tagged.is_empty() && others.is_empty() {
            return None;
        }
        for filter in &tagged {
            selection.next_part();
            selection.by_tags(filter, tenant, schema);
        }
        if tagged.is_empty() || !others.is_empty() {
            selection.next_part();
            selection.scan(&others, tenant, schema);
        }
        let parts = &selection.sql;
        selection.sql = format!("SELECT position FROM ({parts}) AS parts ORDER BY 1 LIMIT $3");
        Some(selection)
    }

    /// The parameters, behind the first three.
    pub(super) fn values<'a>(
        &'a self,
        bounds: [&'a i64; 3],
    ) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
        let bounds = bounds.map(|it| (it as &(dyn ToSql + Sync), Type::INT8));
        let own = self.values.iter().map(|value| match value {
            Value::Text(text) => (text as &(dyn ToSql + Sync), Type::TEXT),
            Value::Texts(texts) => (texts as _, Type::TEXT_ARRAY),
            Value::Number(number) => (number as _, Type::INT8),
        });
        bounds.into_iter().chain(own).collect()
    }

    fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn next_part(&mut self) {
        if !self.sql.is_empty() {
            self.sql.push_str(" UNION ");
        }
    }

    /// Events that are found by the first tag of the filter.
    fn by_tags(&mut self, possible: &Possible<'_>, tenant: Option<&str>, schema: &str) {
        let first = Value::Number(hash(&possible.filter.tags[0]));
        let first = self.bind(first);
        self.push(&format!(
            "(SELECT e.position FROM {schema}.tags t JOIN {schema}.events e ON e.position = t.position \
             WHERE t.tag = {first} AND t.position > $1 AND t.position <= $2"
        ));
        let tags = possible
            .filter
            .tags
            .iter()
            .map(|tag| tag.as_str().to_owned());
        let tags = self.bind(Value::Texts(tags.collect()));
        self.push(&format!(" AND e.tags @> {tags}"));
        self.of_types("t.type", possible, schema);
        self.of_stream(tenant, &possible.categories, schema);
        self.sql.push_str(" ORDER BY t.position LIMIT $3)");
    }

    /// Events that match one of these filters, by a walk over all of them.
    fn scan(&mut self, filters: &[Possible<'_>], tenant: Option<&str>, schema: &str) {
        self.push(&format!(
            "(SELECT e.position FROM {schema}.events e WHERE e.position > $1 AND e.position <= $2"
        ));
        if filters.is_empty() {
            self.of_stream(tenant, &[], schema);
        } else {
            for (index, possible) in filters.iter().enumerate() {
                self.sql
                    .push_str(if index == 0 { " AND (TRUE" } else { " OR TRUE" });
                self.of_types("e.type", possible, schema);
                self.of_stream(tenant, &possible.categories, schema);
            }
            self.sql.push(')');
        }
        self.sql.push_str(" ORDER BY e.position LIMIT $3)");
    }

    fn of_types(&mut self, column: &str, possible: &Possible<'_>, schema: &str) {
        if possible.names.is_empty() {
            return;
        }
        let names = self.bind(Value::Texts(possible.names.clone()));
        self.push(&format!(
            " AND {column} IN (SELECT types.type FROM {schema}.types WHERE types.name = ANY({names}))"
        ));
    }

    fn of_stream(&mut self, tenant: Option<&str>, categories: &[String], schema: &str) {
        if tenant.is_none() && categories.is_empty() {
            return;
        }
        self.push(&format!(
            " AND EXISTS (SELECT FROM {schema}.streams s WHERE s.stream = e.stream"
        ));
        if let Some(tenant) = tenant {
            let tenant = self.bind(Value::Text(tenant.to_owned()));
            self.push(&format!(" AND s.tenant = {tenant}"));
        }
        if !categories.is_empty() {
            let categories = self.bind(Value::Texts(categories.to_vec()));
            self.push(&format!(" AND s.category = ANY({categories})"));
        }
        self.sql.push(')');
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len() + 3)
    }
}

/// A filter that an event can match. A text of `PostgreSQL` has no NUL, so that no stored name has one.
struct Possible<'q> {
    filter: &'q Filter,
    categories: Vec<String>,
    names: Vec<String>,
}

impl<'q> Possible<'q> {
    fn of(filter: &'q Filter) -> Option<Self> {
        let without_nul = |texts: &[std::borrow::Cow<'static, str>]| -> Option<Vec<String>> {
            let possible = texts.iter().filter(|text| !has_nul(text));
            let possible: Vec<String> = possible.map(ToString::to_string).collect();
            (texts.is_empty() || !possible.is_empty()).then_some(possible)
        };
        if filter.tags.iter().any(|tag| has_nul(tag.as_str())) {
            return None;
        }
        Some(Self {
            filter,
            categories: without_nul(&filter.categories)?,
            names: without_nul(&filter.names)?,
        })
    }
}

/// Whether no stream can have this id.
pub(crate) fn is_impossible(stream: &StreamId) -> bool {
    has_nul(stream.tenant()) || has_nul(stream.category())
}

pub(crate) fn has_nul(text: &str) -> bool {
    text.contains('\0')
}
