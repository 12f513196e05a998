//! Transfers between two accounts, of which some are refused.

use std::process::ExitCode;

use bank::{Account, transfer};
use eventsource_core::{ExecuteError, Id, Loaded, MemoryStore, Repository};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let accounts = Repository::<Account>::new(MemoryStore::new());
    let (ann, bob) = (Id::new(), Id::new());
    accounts.execute(ann, |account| account.open("Ann")).await?;
    accounts.execute(bob, |account| account.open("Bob")).await?;
    accounts
        .execute(ann, |account| account.deposit(10_000))
        .await?;

    for (from, to, cents) in [
        (ann, bob, 3_000),
        (bob, ann, 5_000),
        (bob, ann, 1_000),
        (ann, ann, 1),
    ] {
        print!(
            "{:>7} cents from {} to {}: ",
            cents,
            owner(&accounts, from).await?,
            owner(&accounts, to).await?
        );
        match transfer(&accounts, from, to, cents, "example").await {
            Ok(receipt) => println!("done, commit {}", receipt.commit_id),
            Err(ExecuteError::Refused(refusal)) => println!("refused, {refusal}"),
            Err(error) => return Err(error.into()),
        }
    }
    for id in [ann, bob] {
        println!("\n{}", owner(&accounts, id).await?);
        for recorded in accounts.history(id).await? {
            let reason = recorded
                .commit()
                .metadata()
                .reason
                .as_deref()
                .unwrap_or_default();
            println!(
                "  {:>2}  {:?}  {reason}",
                recorded.version(),
                recorded.event
            );
        }
    }
    Ok(())
}

async fn owner(accounts: &Repository<Account>, id: Id<Account>) -> anyhow::Result<String> {
    let account = Loaded::into_state(accounts.load(id).await?);
    Ok(account.owner.unwrap_or_default())
}
