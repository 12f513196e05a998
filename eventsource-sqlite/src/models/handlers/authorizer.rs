//! The limits of a handler on the writer's connection.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use eventsource_core::read_model::Table;
use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::fault::SqliteFault;
use crate::models::names::names_of;
use crate::models::registry;

/// Pragmas that only tell something; SQLite's own modules ask for some of them.
const TELLING: [&str; 5] = [
    "data_version",
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
];

/// Asked by SQLite whenever a statement is compiled. It is set once, since SQLite compiles every
/// statement anew when another one is.
#[derive(Debug, Default)]
pub(crate) struct Authorizer {
    watching: Arc<WatchState>,
}

#[derive(Debug, Default)]
struct WatchState {
    /// Whether a handler is at work.
    now: AtomicBool,
    /// The names of what belongs to the store and to its models.
    ours: Mutex<Vec<String>>,
}

/// While this lives, a handler is at work.
pub(super) struct WatchGuard<'g>(&'g WatchState);

impl Authorizer {
    /// Sets it on a connection.
    pub(crate) fn set(connection: &mut Connection) -> Result<Self, SqliteFault> {
        let guard = Self::default();
        let watching = Arc::clone(&guard.watching);
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            watching.judge(context)
        }))?;
        Ok(guard)
    }

    pub(super) fn watch(&self, connection: &Connection) -> Result<WatchGuard<'_>, SqliteFault> {
        let of_models = sql_names(connection)?;
        let own = Table::RESERVED.into_iter().map(str::to_owned);
        let ours = own.chain(of_models).collect();
        *self
            .watching
            .ours
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = ours;
        self.watching.now.store(true, Ordering::Relaxed);
        Ok(WatchGuard(&self.watching))
    }
}

impl Drop for WatchGuard<'_> {
    fn drop(&mut self) {
        self.0.now.store(false, Ordering::Relaxed);
    }
}

impl WatchState {
    fn judge(&self, context: AuthContext<'_>) -> Authorization {
        if !self.now.load(Ordering::Relaxed) || self.may(context.action) {
            Authorization::Allow
        } else {
            Authorization::Deny
        }
    }

    fn may(&self, action: AuthAction<'_>) -> bool {
        use AuthAction as Action;
        match action {
            Action::Select
            | Action::Read { .. }
            | Action::Function { .. }
            | Action::Recursive
            | Action::Analyze { .. }
            | Action::Reindex { .. } => true,
            Action::Pragma { pragma_name, .. } => TELLING.contains(&pragma_name),
            Action::Insert { table_name }
            | Action::Update { table_name, .. }
            | Action::Delete { table_name }
            | Action::CreateTable { table_name }
            | Action::DropTable { table_name }
            | Action::AlterTable { table_name, .. }
            | Action::CreateVtable { table_name, .. }
            | Action::DropVtable { table_name, .. }
            | Action::CreateIndex { table_name, .. }
            | Action::DropIndex { table_name, .. }
            | Action::CreateTrigger { table_name, .. }
            | Action::DropTrigger { table_name, .. } => !self.is_ours(table_name),
            Action::CreateView { view_name } | Action::DropView { view_name } => {
                !self.is_ours(view_name)
            }
            // Transactions, savepoints, other files, and what is temporary, which would stand
            // before our tables of the same name.
            _ => false,
        }
    }

    fn is_ours(&self, name: &str) -> bool {
        let ours = self.ours.lock().unwrap_or_else(PoisonError::into_inner);
        ours.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// The SQL names of all tables and views of models.
fn sql_names(connection: &Connection) -> Result<Vec<String>, SqliteFault> {
    let entries = registry::all(connection)?;
    let tables = entries.iter().flat_map(|entry| &entry.tables);
    Ok(tables.flat_map(names_of).collect())
}
