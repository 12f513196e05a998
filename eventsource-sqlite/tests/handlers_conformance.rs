//! The contracts of handlers with tables of their own.

#[path = "support/bed.rs"]
mod bed;

use std::error::Error;
use std::sync::Arc;

use eventsource_conformance::handlers::{Behaviour, Counted, Counts, NAME, TestBed};
use eventsource_core::runner::Pipeline;
use eventsource_core::values::SystemEnvironment;
use eventsource_core::{ReadModelStore, Recorded};
use eventsource_sqlite::{SqliteHandler, SqliteStore, Transaction, handler};
use rusqlite::Connection;

use bed::SqliteBed;

type Done = Result<(), Box<dyn Error + Send + Sync>>;

/// Counts the events of each stream in a table of its version.
struct Counter<const VERSION: u32>(Behaviour);

impl<const VERSION: u32> SqliteHandler for Counter<VERSION> {
    type Events = Counted;
    const NAME: &'static str = NAME;
    const VERSION: u32 = VERSION;

    fn create(&self, transaction: &Transaction<'_>) -> Done {
        let create = format!(
            "CREATE TABLE {} (stream TEXT PRIMARY KEY, events INTEGER)",
            table(VERSION)
        );
        Ok(transaction.execute_batch(&create)?)
    }

    fn handle(&self, recorded: &Recorded<Counted>, transaction: &Transaction<'_>) -> Done {
        let add = format!(
            "INSERT INTO {} VALUES (?1, 1) ON CONFLICT DO UPDATE SET events = events + 1",
            table(VERSION)
        );
        transaction.execute(&add, [recorded.stream().to_string()])?;
        self.0.after_event()
    }
}

fn table(version: u32) -> String {
    format!("counts_{version}")
}

impl TestBed for SqliteBed {
    type Store = SqliteStore;

    async fn open(&self) -> SqliteStore {
        self.open_in(Arc::new(SystemEnvironment)).await
    }

    fn models(&self, store: &SqliteStore) -> Arc<dyn ReadModelStore> {
        Arc::new(store.clone())
    }

    fn handler(&self, version: u32, behaviour: Behaviour) -> Pipeline {
        match version {
            1 => handler(Counter::<1>(behaviour)),
            2 => handler(Counter::<2>(behaviour)),
            _ => panic!("the suite has two versions"),
        }
    }

    async fn counts(&self, _: &SqliteStore, version: u32) -> Counts {
        let file = Connection::open(self.path()).unwrap();
        let is_made = file.table_exists(None, table(version).as_str()).unwrap();
        if !is_made {
            return Counts::new();
        }
        let all = format!("SELECT stream, events FROM {}", table(version));
        let mut all = file.prepare(&all).unwrap();
        let counts = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        counts.unwrap().collect::<Result<_, _>>().unwrap()
    }
}

eventsource_conformance::handlers_conformance!(SqliteBed::new());
