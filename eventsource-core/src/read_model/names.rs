//! Names of the tables and views that stores in SQL make of read models. Every store refuses the
//! same ones, so that a projection which was tested in memory runs on each of them.

use std::collections::HashMap;

use super::error::ModelNamesError;
use super::model::{Generation, Model, Table};

/// Tables and views that stores have for themselves.
const RESERVED: [&str; 12] = [
    "store",
    "stream_categories",
    "streams",
    "types",
    "commits",
    "events",
    "tags",
    "snapshots",
    "models",
    "parked_keys",
    "parked_events",
    "history",
];

impl Table {
    /// Names that no projection can have, since stores have tables or views of these names.
    #[doc(hidden)]
    pub const RESERVED: [&'static str; 12] = RESERVED;

    /// The view of all projections of this name, in every version.
    #[doc(hidden)]
    #[must_use]
    pub fn sql_view(projection: &str) -> String {
        projection.replace('-', "_")
    }

    /// The table of a projection at a place.
    #[doc(hidden)]
    #[must_use]
    pub fn sql_table(projection: &str, version: u32, generation: Generation) -> String {
        let suffix = match generation {
            Generation::Serving => "",
            Generation::Rebuilding => "_next",
        };
        format!("{}_v{version}{suffix}", Self::sql_view(projection))
    }
}

impl Model {
    /// Refuses tables whose names in SQL are those of stores themselves, or of other tables, which
    /// are given by name and version: what a store asks before it makes the tables.
    ///
    /// ```
    /// use eventsource_core::read_model::{Model, Table};
    ///
    /// let model = |name: &'static str| Model::new(name, 1, vec![Table::new(name, 1, &["sku"][..])]);
    /// assert!(model("demand").check_names([("supply", 1)]).is_ok());
    /// assert!(model("daily-demand").check_names([("daily_demand", 1)]).is_err());
    /// assert!(model("events").check_names([]).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`ModelNamesError`].
    pub fn check_names<'t>(
        &self,
        others: impl IntoIterator<Item = (&'t str, u32)>,
    ) -> Result<(), ModelNamesError> {
        let mut owners: HashMap<String, String> = others.into_iter().flat_map(names_of).collect();
        for table in &self.tables {
            for (name, owner) in names_of((&table.name, table.version)) {
                if name.starts_with("sqlite_") {
                    let reason = format!("SQLite keeps `{name}` for itself; rename the projection");
                    return Err(ModelNamesError::new(self, reason));
                }
                if RESERVED.contains(&name.as_str()) {
                    return Err(self.taken(&name, "something of the store itself"));
                }
                if let Some(other) = owners.insert(name.clone(), owner.clone())
                    && other != owner
                {
                    return Err(self.taken(&name, &other));
                }
            }
        }
        Ok(())
    }

    fn taken(&self, name: &str, by: &str) -> ModelNamesError {
        let reason = format!(
            "`{name}` is the name of {by} already; give the projection another name, or rename that"
        );
        ModelNamesError::new(self, reason)
    }
}

/// The names that a table of a model may need, as SQL compares them, each with what it stands for.
fn names_of((name, version): (&str, u32)) -> [(String, String); 3] {
    let table = |generation| Table::sql_table(name, version, generation).to_ascii_lowercase();
    [
        (
            Table::sql_view(name).to_ascii_lowercase(),
            format!("the view of `{name}`"),
        ),
        (
            table(Generation::Serving),
            format!("the table of `{name}` version {version}"),
        ),
        (
            table(Generation::Rebuilding),
            format!("the table in which `{name}` version {version} is rebuilt"),
        ),
    ]
}
