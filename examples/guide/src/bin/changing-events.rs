//! One store, and two programs: the second one has changed its events.

use std::convert::Infallible;

use eventsource_core::{Id, MemoryStore, Repository};

/// The program of last year.
mod last_year {
    use eventsource_core::{Aggregate, Apply, event};

    #[event(name = "stay.booked")]
    pub struct Booked {
        pub guests: String, // one name, or several with commas
    }

    #[derive(Aggregate, Default)]
    #[aggregate(events(Booked))]
    pub struct Stay {}

    impl Apply<Booked> for Stay {
        fn apply(&mut self, _: Booked) {}
    }
}

/// The program of today: a list of guests, and the number of nights.
mod today {
    use eventsource_core::{Aggregate, Apply, event};

    #[event(name = "stay.booked", version = 2, from = BookedV1)]
    pub struct Booked {
        pub guests: Vec<String>,
        pub nights: u32,
    }

    /// The type of last year stays as it was.
    #[event(name = "stay.booked")]
    pub struct BookedV1 {
        pub guests: String,
    }

    /// The upcast: what an old event means today.
    impl From<BookedV1> for Booked {
        fn from(old: BookedV1) -> Self {
            let guests = old.guests.split(", ").map(str::to_owned).collect();
            Self { guests, nights: 1 }
        }
    }

    #[derive(Aggregate, Debug, Default)]
    #[aggregate(events(Booked))]
    pub struct Stay {
        guests: Vec<String>,
        nights: u32,
    }

    impl Apply<Booked> for Stay {
        fn apply(&mut self, event: Booked) {
            self.guests.extend(event.guests);
            self.nights += event.nights;
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let store = MemoryStore::new();

    let stays = Repository::<last_year::Stay>::new(store.clone());
    let id = Id::from_name("stay 1");
    let guests = "Ann, Bob".to_owned();
    let booked = last_year::Booked { guests };
    let decide = |_: &_| Ok::<_, Infallible>(booked.clone());
    stays.execute(id, decide).await?;

    // The program of today reads it by its upcast; the stored event stays as it is.
    let stays_today = Repository::<today::Stay>::new(store.clone());
    let same = Id::from_uuid(id.uuid());
    println!("{:?}", *stays_today.load(same).await?);
    let guests = vec!["Cleo".to_owned()];
    let booked = today::Booked { guests, nights: 3 };
    let decide = |_: &_| Ok::<_, Infallible>(booked.clone());
    stays_today.execute(same, decide).await?;
    println!("{:?}", *stays_today.load(same).await?);

    // An instance of last year's program that still runs does not guess.
    if let Err(error) = stays.load(id).await {
        let error = anyhow::Error::from(error);
        println!("last year's program: {}", error.root_cause());
    }
    Ok(())
}
