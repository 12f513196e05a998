//! A query as SQL.

use std::borrow::Cow;

use eventsource_core::{Filter, Query};
use rusqlite::ToSql;
use rusqlite::types::ToSqlOutput;

use crate::tables::{event_row, tags};

/// A select for the matches after position `?1` up to `?2`, by position. What the query says is
/// bound, never written into the SQL.
#[derive(Debug)]
pub(crate) struct Selection<'q> {
    tenant: Option<&'q str>,
    pub(crate) sql: String,
    /// The parameters from `?3` on.
    pub(crate) values: Vec<Value<'q>>,
    /// Whether it selects positions only, and not rows of events.
    pub(crate) positions_only: bool,
    /// Whether it goes through the events, and does not only look up those with tags.
    pub(crate) walks_events: bool,
}

/// A parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'q> {
    Text(&'q str),
    /// The hash of a tag.
    Number(i64),
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Number(number) => number.to_sql(),
        }
    }
}

type Texts = [Cow<'static, str>];

impl<'q> Selection<'q> {
    pub(crate) fn of(query: &'q Query) -> Self {
        let (tagged, others): (Vec<_>, Vec<_>) = query
            .filters
            .iter()
            .partition(|filter| !filter.tags.is_empty());
        let mut selection = Self {
            tenant: query.tenant.as_deref(),
            sql: String::new(),
            values: Vec::new(),
            positions_only: !tagged.is_empty(),
            walks_events: tagged.is_empty() || !others.is_empty(),
        };
        if tagged.is_empty() {
            selection.scan(event_row::SELECT, &others);
        } else {
            selection.union(&tagged, &others);
        }
        selection.sql.push_str(" ORDER BY 1");
        selection
    }

    /// Each filter with tags is found by its first tag; the others share one walk over the events.
    fn union(&mut self, tagged: &[&'q Filter], others: &[&'q Filter]) {
        for (index, filter) in tagged.iter().enumerate() {
            self.sql.push_str(if index == 0 { "" } else { " UNION " });
            self.by_tags(filter);
        }
        if !others.is_empty() {
            self.sql.push_str(" UNION ");
            self.scan("SELECT position FROM events", others);
        }
    }

    fn scan(&mut self, select: &str, filters: &[&'q Filter]) {
        self.sql.push_str(select);
        self.sql
            .push_str(" WHERE events.position > ?1 AND events.position <= ?2");
        if filters.is_empty() {
            return self.of_stream(&[]);
        }
        for (index, filter) in filters.iter().enumerate() {
            self.sql
                .push_str(if index == 0 { " AND (TRUE" } else { " OR TRUE" });
            self.of_event(filter);
        }
        self.sql.push(')');
    }

    /// The tenant and the category are compared where the row of the event is read, with its checksum.
    fn by_tags(&mut self, filter: &'q Filter) {
        self.sql
            .push_str("SELECT position FROM tags WHERE position > ?1 AND position <= ?2");
        self.sql.push_str(" AND tag = ");
        self.bind(Value::Number(tags::hash(&filter.tags[0])));
        self.of_types("tags.type", filter);
        for other in &filter.tags[1..] {
            self.sql
                .push_str(" AND EXISTS (SELECT 1 FROM tags AS other");
            self.sql
                .push_str(" WHERE other.position = tags.position AND other.tag = ");
            self.bind(Value::Number(tags::hash(other)));
            self.sql.push(')');
        }
    }

    fn of_event(&mut self, filter: &'q Filter) {
        self.of_types("events.type", filter);
        self.of_stream(&filter.categories);
    }

    fn of_types(&mut self, column: &str, filter: &'q Filter) {
        if filter.names.is_empty() {
            return;
        }
        self.sql.push_str(" AND ");
        self.sql.push_str(column);
        self.sql
            .push_str(" IN (SELECT types.type FROM types WHERE TRUE");
        self.one_of("types.name", &filter.names);
        self.sql.push(')');
    }

    fn of_stream(&mut self, categories: &'q Texts) {
        if self.tenant.is_none() && categories.is_empty() {
            return;
        }
        self.sql.push_str(" AND EXISTS (SELECT 1 FROM streams");
        self.sql.push_str(" WHERE streams.stream = events.stream");
        self.sql.push_str(
            " AND streams.category IN (SELECT category FROM stream_categories WHERE TRUE",
        );
        if let Some(tenant) = self.tenant {
            self.sql.push_str(" AND tenant = ");
            self.bind(Value::Text(tenant));
        }
        if !categories.is_empty() {
            self.one_of("name", categories);
        }
        self.sql.push_str("))");
    }

    fn one_of(&mut self, column: &str, values: &'q Texts) {
        self.sql.push_str(" AND ");
        self.sql.push_str(column);
        self.sql.push_str(" IN (");
        for (index, value) in values.iter().enumerate() {
            self.sql.push_str(if index == 0 { "" } else { ", " });
            self.bind(Value::Text(value));
        }
        self.sql.push(')');
    }

    fn bind(&mut self, value: Value<'q>) {
        self.values.push(value);
        self.sql.push('?');
        self.sql.push_str(&(self.values.len() + 2).to_string());
    }
}

#[cfg(test)]
mod tests {
    use eventsource_core::Tag;
    use eventsource_core::store::Limits;
    use rusqlite::Connection;

    use super::*;

    fn plan(query: &Query) -> Vec<String> {
        let connection = Connection::open_in_memory().unwrap();
        crate::file::schema::create(&connection, crate::models::move_rows);
        let selection = Selection::of(query);
        let explain = format!("EXPLAIN QUERY PLAN {}", selection.sql);
        let mut explain = connection.prepare(&explain).unwrap();
        let steps = explain.raw_query().mapped(|row| row.get(3));
        steps.map(Result::unwrap).collect()
    }

    /// Sorting would read all that matches for every page.
    #[test]
    fn matches_are_found_in_order_and_not_sorted() {
        let plain = Filter::new().category("cart").name("opened").name("closed");
        let tagged = Filter::new().tag(Tag::new("a", 1)).tag(Tag::new("b", 2));
        let queries = [
            Query::any([plain.clone()]).in_tenant("acme"),
            Query::any([plain.clone(), Filter::new().name("paid")]),
            Query::any([tagged.clone()]),
            Query::any([tagged.clone().category("cart"), tagged.clone()]),
            Query::any([tagged, plain]),
        ];
        for query in queries {
            let steps = plan(&query);
            let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
            assert!(!sorts, "{steps:#?}");
        }
    }

    fn tags(count: usize) -> Filter {
        (0..count).fold(Filter::new(), |filter, number| {
            filter.tag(Tag::new("number", number))
        })
    }

    fn names(count: usize) -> Filter {
        let name = |number: usize| format!("name {number}");
        (0..count).fold(Filter::new(), |filter, number| filter.name(name(number)))
    }

    /// SQLite takes whatever the limits let through.
    #[test]
    fn the_largest_queries_are_understood() {
        let limits = Limits::DEFAULT;
        let filters = limits.query_filters;
        let names_of_a_filter = limits.query_values / filters - 1;
        let plain = || names(1).category("cart");
        let queries = [
            Query::any((0..filters).map(|_| plain())),
            Query::any((0..filters).map(|_| plain().tag(Tag::new("a", 1)))),
            Query::any((0..filters).map(|_| tags(limits.query_tags / filters).name("opened"))),
            Query::any((0..filters).map(|_| names(names_of_a_filter).category("cart"))),
            Query::any([tags(limits.filter_tags).name("opened").category("cart")]),
            Query::any([names(limits.query_values)]),
        ];
        for query in queries {
            let query = query.in_tenant("acme");
            limits.check_query(&query).unwrap();
            plan(&query);
        }
    }
}
