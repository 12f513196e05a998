//! A ledger from 2011 becomes a history, in which its accounts can be loaded as they were.

use eventsource_core::repository::PastCommit;
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, AsOf, Id, MemoryStore, Metadata, Repository, Timestamp, event,
};

#[event]
pub enum AccountEvent {
    Opened { owner: String },
    Booked { cents: i64 },
}

#[derive(Aggregate, Default)]
#[aggregate(event = AccountEvent)]
pub struct Account {
    owner: String,
    cents: i64,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::Opened { owner } => self.owner = owner,
            AccountEvent::Booked { cents } => self.cents += cents,
        }
    }
}

/// The lines of the old ledger: number, account, time of the booking, value date, cents.
const LEDGER: &str = "\
1;ann;2011-03-01T09:00:00Z;2011-02-28T00:00:00Z;500
2;ann;2014-07-01T09:00:00Z;2014-07-01T00:00:00Z;-200
3;bob;2012-01-05T09:00:00Z;2012-01-05T00:00:00Z;900";

/// One commit for each line.
fn history() -> anyhow::Result<Vec<PastCommit<Account>>> {
    LEDGER.lines().map(commit).collect()
}

fn commit(line: &str) -> anyhow::Result<PastCommit<Account>> {
    let fields: Vec<_> = line.split(';').collect();
    let [number, owner, booked, value_date, cents] = fields[..] else {
        anyhow::bail!("`{line}` has not five fields");
    };
    let (booked, value_date): (Timestamp, Timestamp) = (booked.parse()?, value_date.parse()?);
    let (owner, cents) = (owner.to_owned(), cents.parse()?);

    // The same line has the same ids in each import.
    let commit_id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("ledger {number}").as_bytes());
    let account = Id::from_name(&owner);
    let is_first = LEDGER.lines().find(|it| it.contains(&owner)) == Some(line);
    let opened = is_first.then_some(AccountEvent::Opened { owner });
    let events = (opened, AccountEvent::Booked { cents });
    Ok(PastCommit::new(commit_id, account, booked, events)
        .metadata(Metadata::new().occurred_at(value_date)))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let accounts = Repository::<Account>::new(MemoryStore::new());
    let report = accounts.import(history()?).await?;
    println!("{} commits, {} events", report.stored, report.events);

    let ann = Id::from_name("ann");
    let now = accounts.load(ann).await?;
    println!("{} has {} today", now.owner, now.cents);

    let end_of_2011: Timestamp = "2011-12-31T23:59:59Z".parse()?;
    let then = accounts.load_at(ann, AsOf::recorded(end_of_2011)).await?;
    println!("{} had {} at the end of 2011", then.owner, then.cents);

    // The ledger has it since 1 March, with the value date of 28 February.
    let end_of_february: Timestamp = "2011-02-28T23:59:59Z".parse()?;
    let known = AsOf::recorded(end_of_february);
    println!(
        "recorded by then: {}",
        accounts.load_at(ann, known).await?.cents
    );
    let happened = AsOf::occurred(end_of_february);
    println!(
        "occurred by then: {}",
        accounts.load_at(ann, happened).await?.cents
    );

    let again = accounts.import(history()?).await?;
    println!(
        "again: {} stored, {} repeated",
        again.stored, again.repeated
    );
    Ok(())
}
