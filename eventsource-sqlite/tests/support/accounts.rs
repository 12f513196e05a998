//! Accounts, of which no two have the same e-mail address.

use std::collections::BTreeMap;
use std::convert::Infallible;

use eventsource_core::store::{Commit, Imported, NewEvent, ReadLog};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    Aggregate, Apply, Codec, EventLog, ExecuteError, Horizon, Id, Key, ProjectAt, Projection,
    Query, Receipt, Recorded, Repository, Row, StreamId, StreamStore, event,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};

#[event(name = "account.opened")]
pub(crate) struct Opened {
    pub(crate) email: String,
}

#[event(name = "account.email-changed")]
pub(crate) struct EmailChanged {
    pub(crate) from: String,
    pub(crate) to: String,
}

#[event(name = "account.closed")]
pub(crate) struct Closed {
    pub(crate) email: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Opened, EmailChanged, Closed))]
pub(crate) struct Account {
    pub(crate) email: Option<String>,
    pub(crate) changes: u64,
}

impl Apply<Opened> for Account {
    fn apply(&mut self, opened: Opened) {
        self.email = Some(opened.email);
    }
}

impl Apply<EmailChanged> for Account {
    fn apply(&mut self, changed: EmailChanged) {
        self.email = Some(changed.to);
        self.changes += 1;
    }
}

impl Apply<Closed> for Account {
    fn apply(&mut self, _: Closed) {
        self.email = None;
    }
}

impl Account {
    pub(crate) fn change(&self, to: &str) -> EmailChanged {
        EmailChanged {
            from: self.email.clone().unwrap_or_default(),
            to: to.to_owned(),
        }
    }
}

/// The owner of an e-mail address, and all that a row may know of its event.
#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(
    name = "emails",
    version = 1,
    keys = Self::emails,
    columns(email),
    events(Opened, EmailChanged, Closed)
)]
pub(crate) struct Emails {
    pub(crate) owner: Option<Uuid>,
    version: u64,
    commit: Uuid,
    actor: Option<String>,
    recorded_at: i64,
    position: u64,
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the address is taken")]
pub(crate) struct EmailTaken;

pub(crate) trait HasEmails {
    fn emails(&self) -> Vec<&str>;
}

impl HasEmails for Opened {
    fn emails(&self) -> Vec<&str> {
        vec![&self.email]
    }
}

impl HasEmails for EmailChanged {
    fn emails(&self) -> Vec<&str> {
        vec![&self.from, &self.to]
    }
}

impl HasEmails for Closed {
    fn emails(&self) -> Vec<&str> {
        vec![&self.email]
    }
}

impl Emails {
    fn emails<E: HasEmails>(recorded: &Recorded<E>) -> Vec<&str> {
        recorded.event.emails()
    }

    fn take<E>(&mut self, recorded: &Recorded<E>) -> Result<Row, EmailTaken> {
        if self.owner.is_some() {
            return Err(EmailTaken);
        }
        *self = Self {
            owner: Some(recorded.root_id()),
            version: recorded.version(),
            commit: recorded.commit().id,
            actor: recorded.commit().metadata().actor.clone(),
            recorded_at: recorded.commit().recorded_at.as_micros(),
            position: recorded.position().offset().get() + recorded.commit().first.offset().get(),
        };
        Ok(Row::Keep)
    }
}

impl ProjectAt<Opened, Result<Row, EmailTaken>> for Emails {
    fn project_at(&mut self, _: &Key, recorded: &Recorded<Opened>) -> Result<Row, EmailTaken> {
        let is_foreseen = !recorded.event.email.starts_with("panic");
        assert!(is_foreseen, "such an address is not foreseen");
        self.take(recorded)
    }
}

impl ProjectAt<EmailChanged, Result<Row, EmailTaken>> for Emails {
    fn project_at(
        &mut self,
        key: &Key,
        recorded: &Recorded<EmailChanged>,
    ) -> Result<Row, EmailTaken> {
        match key.text(0).as_deref() {
            Some(email) if email == recorded.event.to => self.take(recorded),
            _ => Ok(Row::Delete),
        }
    }
}

impl ProjectAt<Closed, Row> for Emails {
    fn project_at(&mut self, _: &Key, _: &Recorded<Closed>) -> Row {
        Row::Delete
    }
}

pub(crate) async fn with_emails(path: &std::path::Path) -> SqliteStore {
    let builder = SqliteStore::builder().register_inline::<Emails>();
    builder.open(path).await.unwrap()
}

pub(crate) fn accounts(store: &SqliteStore) -> Repository<Account> {
    Repository::new(store.clone())
}

pub(crate) type Answer = Result<Receipt, ExecuteError<Infallible>>;

/// Opens an account.
pub(crate) async fn open_account(accounts: &Repository<Account>, email: &str) -> Answer {
    let opened = || Opened {
        email: email.to_owned(),
    };
    accounts.execute(Id::new(), |_| Ok(opened())).await
}

pub(crate) fn opened(email: &str) -> NewEvent {
    let account = StreamId::new("account", Uuid::now_v7());
    opened_as(account, email)
}

pub(crate) fn opened_as(account: StreamId, email: &str) -> NewEvent {
    let payload = serde_json::json!({ "email": email }).to_string();
    NewEvent::new(
        account,
        "account.opened",
        1,
        Codec::Json,
        payload.into_bytes(),
    )
}

pub(crate) fn commit(events: Vec<NewEvent>) -> Commit {
    Commit::new(Uuid::now_v7(), events)
}

/// Opens accounts in one go.
pub(crate) async fn seed(store: &SqliteStore, emails: impl Iterator<Item = String>) {
    let now = SystemEnvironment.now();
    let opened = emails.map(|email| Imported::new(commit(vec![opened(&email)]), now));
    store.import(opened.collect()).await.unwrap();
}

pub(crate) fn is_taken(answer: &Answer) -> bool {
    let error = answer.as_ref().err();
    error.and_then(ExecuteError::broken_rule) == Some(&EmailTaken)
}

/// Computes the owner of each address from the events. Fails if two accounts have the same address.
pub(crate) async fn owners(store: &SqliteStore) -> BTreeMap<String, Uuid> {
    let (mut owners, mut after) = (BTreeMap::new(), Horizon::START);
    loop {
        let page = store
            .read(ReadLog::new(Query::all()).after(after))
            .await
            .unwrap();
        for event in page.events() {
            let of = event.stream.root_id();
            let text = |field: &str| {
                let payload: serde_json::Value = serde_json::from_slice(event.payload).unwrap();
                payload[field].as_str().unwrap_or_default().to_owned()
            };
            let given = match event.name {
                "account.opened" => Some(text("email")),
                "account.email-changed" => {
                    owners.remove(&text("from"));
                    Some(text("to"))
                }
                "account.closed" => {
                    owners.remove(&text("email"));
                    None
                }
                _ => None,
            };
            if let Some(email) = given {
                assert_eq!(owners.insert(email, of), None, "two have one address");
            }
        }
        if page.is_complete() {
            return owners;
        }
        after = page.through();
    }
}

/// The rows as they are in the file.
pub(crate) fn dump(path: &std::path::Path, table: &str) -> Vec<(String, String)> {
    let file = rusqlite::Connection::open(path).unwrap();
    let all = format!("SELECT email, \"row\" FROM {table} ORDER BY email");
    let mut all = file.prepare(&all).unwrap();
    let rows = all
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Checks that the rows are what the events make of them, and that the file is sound.
pub(crate) async fn check(store: &SqliteStore, path: &std::path::Path) -> usize {
    store.verify().await.unwrap();
    let owners: Vec<(String, Uuid)> = owners(store).await.into_iter().collect();
    let rows = dump(path, "emails_v1").into_iter();
    let rows: Vec<(String, Uuid)> = rows
        .map(|(email, row)| {
            let row: Emails = serde_json::from_str(&row).unwrap();
            assert_eq!(row.position, 0, "it sees no position");
            (email, row.owner.unwrap())
        })
        .collect();
    assert_eq!(rows, owners);
    rows.len()
}
