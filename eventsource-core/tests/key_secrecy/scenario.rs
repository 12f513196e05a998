//! A key of people's data on its way through everything that is shown.

use std::error::Error;
use std::fmt::Debug;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::projection::EventProjection;
use eventsource_core::read_model::SelectParked;
use eventsource_core::{
    Aggregate, Apply, EventStore, Health, Id, Key, Project, Projection, ReadModel, ReadModelError,
    ReadModelStore, Recorded, Repository, Runner, WaitOutcome, event,
};
use serde::{Deserialize, Serialize, Serializer};

/// The key of every row.
pub(crate) const CANARY: &str = "canary@example.org";

const LONG: Duration = Duration::from_secs(20);

#[event]
pub(crate) enum GuestEvent {
    Named { email: String },
}

#[derive(Aggregate, Default)]
#[aggregate(event = GuestEvent)]
pub(crate) struct Guest;

impl Apply<GuestEvent> for Guest {
    fn apply(&mut self, _: GuestEvent) {}
}

pub(crate) async fn name_a_guest(store: &(impl EventStore + Clone)) -> Result<(), Box<dyn Error>> {
    let guests = Repository::<Guest>::new(store.clone());
    let named = GuestEvent::Named {
        email: CANARY.into(),
    };
    guests
        .execute(Id::new(), |_| {
            Ok::<_, std::convert::Infallible>(named.clone())
        })
        .await?;
    Ok(())
}

/// Projections whose rows fail, each in its own way.
macro_rules! failing {
    ($($name:ident($stored:literal $(, $stop:ident)?) $fail:expr;)*) => {$(
        #[derive(Projection, Default, Serialize, Deserialize)]
        #[projection(name = $stored, version = 1, key = email, event = GuestEvent(Named) $(, $stop)?)]
        struct $name {}

        impl Project<GuestEvent, Result<(), &'static str>> for $name {
            fn project(&mut self, _: &Recorded<GuestEvent>) -> Result<(), &'static str> {
                $fail
            }
        }
    )*};
}

failing! {
    Parking("parking") Err("no room");
    Strict("strict", stop_on_error) Err("no room");
    Panicking("panicking", stop_on_error) panic!("no luck");
}

#[derive(Projection, Default, Deserialize)]
#[projection(name = "unwritable", version = 1, key = email, event = GuestEvent(Named), stop_on_error)]
struct Unwritable {}

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no ink"))
    }
}

impl Project<GuestEvent> for Unwritable {
    fn project(&mut self, _: &Recorded<GuestEvent>) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "counted", version = 1, key = email, event = GuestEvent(Named))]
struct Counted {
    guests: u64,
}

impl Project<GuestEvent> for Counted {
    fn project(&mut self, _: &Recorded<GuestEvent>) {
        self.guests += 1;
    }
}

/// The same rows, of a program whose version was not counted up.
#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "counted", version = 1, key = email, event = GuestEvent(Named))]
struct Renamed {
    people: u64,
}

impl Project<GuestEvent> for Renamed {
    fn project(&mut self, _: &Recorded<GuestEvent>) {
        self.people += 1;
    }
}

/// All that was shown to people.
#[derive(Clone, Default)]
pub(crate) struct Shown(Arc<Mutex<Vec<u8>>>);

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shown {
    /// Takes every log line of this thread from now on.
    pub(crate) fn logs(&self) -> tracing::subscriber::DefaultGuard {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    pub(crate) fn value(&self, value: &impl Debug) {
        writeln!(self.clone(), "{value:?} {value:#?}").unwrap();
    }

    pub(crate) fn error(&self, error: &(dyn Error + 'static)) {
        let mut link = Some(error);
        while let Some(error) = link {
            writeln!(self.clone(), "{error} {error:?} {error:#?}").unwrap();
            link = error.source();
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Asserts that the text has these words but not the canary.
    pub(crate) fn assert_without_keys(&self, words: &[&str]) {
        let text = self.text();
        for word in words {
            assert!(text.contains(word), "`{word}` is not in\n{text}");
        }
        let with_key: Vec<&str> = text.lines().filter(|line| line.contains(CANARY)).collect();
        assert_eq!(with_key, [""; 0]);
    }
}

/// Lets each projection fail over the canary, and shows all that comes of it.
pub(crate) async fn run<S, M>(store: &S, models: &M, shown: &Shown)
where
    S: EventStore + Clone,
    M: ReadModelStore + Clone,
{
    name_a_guest(store).await.unwrap();
    stopped::<Strict, _, _>(store, models, shown).await;
    stopped::<Panicking, _, _>(store, models, shown).await;
    stopped::<Unwritable, _, _>(store, models, shown).await;
    parked(store, models, shown).await;
    unreadable(store, models, shown).await;
}

async fn stopped<P: EventProjection, S, M>(store: &S, models: &M, shown: &Shown)
where
    S: EventStore + Clone,
    M: ReadModelStore + Clone,
{
    let runner = || Runner::new(store.clone(), models.clone()).project::<P>();
    let running = runner().start().await.unwrap();
    let model = ReadModel::<P>::new(store.clone(), models.clone());
    let head = store.head().await.unwrap();
    let waited = model.wait_for(head.position(), LONG).await.unwrap();
    assert!(matches!(waited, WaitOutcome::Stopped(_)), "{waited:?}");
    let health = running.health();
    assert!(matches!(health, Health::Failing(_)), "{health:?}");
    shown.value(&(waited, running.status(), health));
    running.stop().await;
    shown.value(&model.progress().await.unwrap());
    shown.error(&runner().catch_up().await.unwrap_err());
}

async fn parked<S, M>(store: &S, models: &M, shown: &Shown)
where
    S: EventStore + Clone,
    M: ReadModelStore + Clone,
{
    let running = Runner::new(store.clone(), models.clone())
        .project::<Parking>()
        .start()
        .await
        .unwrap();
    let model = ReadModel::<Parking>::new(store.clone(), models.clone());
    let head = store.head().await.unwrap();
    let waited = model.wait_for(head.position(), LONG).await.unwrap();
    assert_eq!(waited, WaitOutcome::Parked(Key::of(CANARY)));
    let parked = model.parked(None, 10).await.unwrap();
    assert_eq!(
        parked[0].key.text(0).as_deref(),
        Some(CANARY),
        "it is reachable"
    );
    let after = Some(parked[0].key.clone());
    shown.value(&SelectParked::After { after, limit: 1 });
    shown.value(&(waited, parked, running.status(), running.health()));
    assert!(model.unpark(CANARY).await.unwrap());
    running.stop().await;
    writeln!(shown.clone(), "{}", Key::of(CANARY)).unwrap();
}

async fn unreadable<S, M>(store: &S, models: &M, shown: &Shown)
where
    S: EventStore + Clone,
    M: ReadModelStore + Clone,
{
    let runner = Runner::new(store.clone(), models.clone()).project::<Counted>();
    runner.catch_up().await.unwrap();
    let model = ReadModel::<Renamed>::new(store.clone(), models.clone());
    let error = model.get(CANARY).await.unwrap_err();
    match &error {
        ReadModelError::Row { key, .. } => assert_eq!(key.text(0).as_deref(), Some(CANARY)),
        error => panic!("{error}"),
    }
    shown.error(&error);
    shown.error(&model.page(None, 10).await.unwrap_err());
    let select = eventsource_core::read_model::Select::Keys(vec![Key::of(CANARY)]);
    shown.value(&select);
    let table = eventsource_core::read_model::Table::of::<Renamed>();
    let generation = eventsource_core::read_model::Generation::Serving;
    shown.value(&models.rows(table, generation, select).await.unwrap());
}
