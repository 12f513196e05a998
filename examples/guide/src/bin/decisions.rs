//! Shelves of a warehouse: what is decided, refused, sent twice and decided together.

use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, ErrorClass, ExecuteError, Handle, Id, MemoryStore, Repository, event,
    transact,
};

#[event]
pub enum ShelfEvent {
    Filled { units: u32 },
    Taken { units: u32 },
}

#[derive(Aggregate, Clone, Default)]
#[aggregate(event = ShelfEvent, commands(Take))]
pub struct Shelf {
    units: u32,
}

impl Apply<ShelfEvent> for Shelf {
    fn apply(&mut self, event: ShelfEvent) {
        match event {
            ShelfEvent::Filled { units } => self.units += units,
            ShelfEvent::Taken { units } => self.units -= units,
        }
    }
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum ShelfError {
    #[error("{wanted} units are wanted, {available} are on the shelf")]
    NotEnough { wanted: u32, available: u32 },
    #[error("the shelf is full")]
    Full,
}

impl Shelf {
    fn fill(&self, units: u32) -> Result<ShelfEvent, ShelfError> {
        if self.units + units > 100 {
            return Err(ShelfError::Full);
        }
        Ok(ShelfEvent::Filled { units })
    }

    fn take(&self, wanted: u32) -> Result<ShelfEvent, ShelfError> {
        if wanted > self.units {
            let available = self.units;
            return Err(ShelfError::NotEnough { wanted, available });
        }
        Ok(ShelfEvent::Taken { units: wanted })
    }
}

/// A command as data, as it comes from a queue or the body of a request.
pub struct Take {
    pub units: u32,
}

impl Handle<Take> for Shelf {
    type Events = ShelfEvent;
    type Error = ShelfError;

    fn handle(&self, command: &Take) -> Result<ShelfEvent, ShelfError> {
        self.take(command.units)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let shelves = Repository::<Shelf>::new(MemoryStore::new());
    let [left, right] = ["left", "right"].map(Id::<Shelf>::from_name);
    let filled = shelves.execute(left, |shelf| shelf.fill(60)).await?;
    println!("left is at version {}", filled.revision().version());

    // A refusal is an error with the reason of the domain.
    match shelves.handle(left, &Take { units: 70 }).await {
        Err(ExecuteError::Refused(reason)) => println!("refused: {reason}"),
        other => println!("{:?}", other?),
    }

    // A request that is sent twice is decided once.
    let request = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://example.org/requests/17");
    for _ in 0..2 {
        let take = shelves.handle(left, &Take { units: 10 });
        let taken = take.commit_id(request).await?;
        let repeated = taken.repeated;
        println!(
            "version {}, repeated: {repeated}",
            taken.revision().version()
        );
    }

    // Only if the shelf is as the caller saw it.
    let take = shelves.handle(left, &Take { units: 10 });
    match take.expecting(filled.revision()).await {
        Err(error) if error.class() == ErrorClass::Conflict => println!("it was changed meanwhile"),
        other => println!("{:?}", other?),
    }

    // Two aggregates in one commit: both change, or none does.
    for units in [80, 20] {
        let moved = transact((shelves.at(left), shelves.at(right)), |(left, right)| {
            right.decide(|shelf| shelf.fill(units))?;
            left.decide(|shelf| shelf.take(units))
        });
        match moved.await {
            Ok(receipt) => println!("moved {units} by {} events", receipt.events),
            Err(ExecuteError::Refused(reason)) => println!("refused: {reason}"),
            Err(error) => return Err(error.into()),
        }
    }
    for shelf in [left, right] {
        println!("{} units", shelves.load(shelf).await?.units);
    }
    Ok(())
}
