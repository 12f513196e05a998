//! Parcels: events as types of their own, with names, tags and metadata.

use std::convert::Infallible;

use eventsource_core::store::ReadLog;
use eventsource_core::{
    Aggregate, Apply, EventLog, Filter, Id, MemoryStore, Metadata, Recorded, Repository, Tag, event,
};

/// A customer handed over a parcel.
#[event(name = "parcel.accepted")]
pub struct Accepted {
    #[event(tag)] // events of many parcels can be asked for by `city:..`
    pub city: String,
    pub grams: u32,
}

/// A courier was not let in.
#[event(name = "parcel.delivery-failed", tag = "service:complaint")]
pub struct DeliveryFailed {
    #[event(tag)]
    pub city: String,
    pub attempt: u32,
}

#[event(name = "parcel.delivered")]
pub struct Delivered {}

#[derive(Aggregate, Default)]
#[aggregate(events(Accepted, DeliveryFailed, Delivered))] // writes the enum `ParcelEvent`
pub struct Parcel {
    city: String,
    attempts: u32,
}

impl Apply<Accepted> for Parcel {
    fn apply(&mut self, event: Accepted) {
        self.city = event.city;
    }
}

impl Apply<DeliveryFailed> for Parcel {
    fn apply(&mut self, event: DeliveryFailed) {
        self.attempts = event.attempt;
    }
}

impl Apply<Delivered> for Parcel {
    fn apply(&mut self, _: Delivered) {
        self.attempts += 1;
    }
}

impl Parcel {
    fn accept(city: &str, grams: u32) -> Result<Accepted, Infallible> {
        let city = city.to_owned();
        Ok(Accepted { city, grams })
    }

    fn fail_delivery(&self) -> Result<DeliveryFailed, Infallible> {
        let city = self.city.clone();
        let attempt = self.attempts + 1;
        Ok(DeliveryFailed { city, attempt })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let store = MemoryStore::new();
    let parcels = Repository::<Parcel>::new(store.clone());
    let [first, second] = ["parcel 1", "parcel 2"].map(Id::<Parcel>::from_name);

    // Who did it and for which request, beside the events and not in them.
    let request = Metadata::new().actor("counter 4").correlation("order 981");
    let accept = |_: &Parcel| Parcel::accept("Oslo", 750);
    parcels.execute(first, accept).metadata(request).await?;
    let accept = |_: &Parcel| Parcel::accept("Oslo", 1_200);
    parcels.execute(second, accept).await?;
    let courier = Metadata::new().actor("courier 7").reason("nobody at home");
    let failed = parcels.execute(second, Parcel::fail_delivery);
    failed.metadata(courier).await?;
    let delivered = |_: &Parcel| Ok::<_, Infallible>(Delivered {});
    parcels.execute(second, delivered).await?;

    println!("the history of one parcel, from its stream:");
    for recorded in parcels.history(second).await? {
        let category = recorded.stream().category();
        let actor = recorded.commit().metadata().actor.as_deref();
        println!(
            "{category} {}: {:?} by {actor:?}",
            recorded.version(),
            recorded.event
        );
    }

    println!("events with the tag city:Oslo, from all streams:");
    let mut read = ReadLog::new(Filter::new().tag(Tag::new("city", "Oslo")));
    loop {
        let page = store.read(read.clone()).await?;
        for stored in page.events() {
            print!("{} {}: ", stored.position, stored.name);
            let show = &mut |recorded: Recorded<ParcelEvent>| println!("{:?}", recorded.event);
            Recorded::decode(&stored, show)?;
        }
        if page.is_complete() {
            return Ok(());
        }
        read = read.after(page.through());
    }
}
