//! All that can be read of a store.

use std::fmt::{Debug, Display};

use eventsource_core::read_model::{Generation, Progress, Select, SelectParked, StoredModel};
use eventsource_core::store::{Page, Pages, ReadLog, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    EventLog, Filter, Key, Loaded, Query, ReadModelStore, Repository, Store, StreamId, StreamStore,
    Tag,
};
use eventsource_sqlite::SqliteStore;

use crate::prepared::{Meter, cart, cart_commit, commit_id, contents, key, meter};

/// The questions, each with its answer as text or with its error.
pub(crate) type Answers = Vec<(String, Result<String, String>)>;

/// No read of this store takes so many pages.
const PAGES: usize = 500;

pub(crate) async fn read_all(store: &SqliteStore) -> Answers {
    let mut answers = Answers::new();
    let id = store.id().to_string();
    answers.push(("id".to_owned(), Ok(id)));
    ask(&mut answers, "head", store.head().await);
    for (number, (name, query)) in queries().into_iter().enumerate() {
        let limit = [40, 1_000][number % 2];
        let found = pages(store, query, limit).await;
        ask(&mut answers, format!("read of {name} by {limit}"), found);
    }
    streams(store, &mut answers).await;
    commits(store, &mut answers).await;
    aggregates(store, &mut answers).await;
    models(store, &mut answers).await;
    answers
}

pub(crate) fn ask<T: Debug, E: Display>(
    answers: &mut Answers,
    question: impl Into<String>,
    answer: Result<T, E>,
) {
    let answer = answer.map(|it| format!("{it:?}"));
    answers.push((question.into(), answer.map_err(|error| error.to_string())));
}

fn queries() -> Vec<(String, Query)> {
    let named = |name: &'static str| Filter::new().name(name);
    let tagged = |key, value: u64| Filter::new().tag(Tag::new(key, value));
    let district = |name| Filter::new().tag(Tag::new("district", name));
    let filters = [
        named("meter.read"),
        named("cart.paid"),
        named("cart.noted").name("meter.sealed"),
        tagged("sku", 0),
        tagged("sku", 2),
        tagged("sku", 3).name("cart.paid"),
        tagged("cart", 5),
        tagged("cart", 5).tag(Tag::new("sku", 1)),
        district("d0"),
        district("d2").category("meter"),
        Filter::new().category("cart"),
    ];
    let mut queries: Vec<_> = filters
        .into_iter()
        .map(|filter| (format!("{filter:?}"), Query::any([filter])))
        .collect();
    let either = Query::any([named("cart.filled"), tagged("sku", 1)]);
    queries.push(("everything".to_owned(), Query::all()));
    queries.push(("a name or a tag".to_owned(), either));
    queries.push(("a tenant".to_owned(), Query::all().in_tenant("acme")));
    queries
}

async fn pages(store: &SqliteStore, query: Query, limit: usize) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut pages = Pages::new(store, ReadLog::new(query).limit(limit));
    for _ in 0..PAGES {
        let page = pages.next().await.map_err(|error| error.to_string())?;
        let Some(page) = page else { return Ok(found) };
        found.extend(events(&page));
    }
    panic!("the pages have no end")
}

/// Everything of each event.
fn events(page: &Page) -> Vec<String> {
    let mut last = None;
    let events = page.events().map(|event| {
        let (payload, commit) = (String::from_utf8_lossy(event.payload), event.commit);
        let is_new = last.replace(commit.id) != Some(commit.id);
        let header = is_new.then(|| {
            let (time, digest) = (commit.recorded_at, commit.digest);
            let metadata = serde_json::to_string(commit.metadata()).unwrap();
            format!("{} {time} {digest} {metadata}", commit.events)
        });
        format!(
            "{} {} {} {} {} {payload} {} {} {header:?}",
            event.position.offset(),
            event.stream,
            event.version,
            event.name,
            event.schema,
            event.tags.len(),
            commit.id,
        )
    });
    events.collect()
}

async fn stream(store: &SqliteStore, read: ReadStream) -> Result<Vec<String>, String> {
    let page = store.read_stream(read.limit(1_000).with_metadata()).await;
    page.map(|page| events(&page))
        .map_err(|error| error.to_string())
}

pub(crate) fn all_streams(store: &SqliteStore) -> Vec<StreamId> {
    let meters = Repository::<Meter>::new(store.clone());
    let meters = (0..24).map(|number| meters.stream(meter(number)));
    let none = StreamId::new("meter", commit_id(99));
    meters.chain((0..12).map(cart)).chain([none]).collect()
}

async fn streams(store: &SqliteStore, answers: &mut Answers) {
    for (number, id) in all_streams(store).into_iter().enumerate() {
        let forward = stream(store, ReadStream::forward(id.clone(), 0)).await;
        ask(answers, format!("stream {number}"), forward);
        if number % 4 == 0 {
            let backward = stream(store, ReadStream::backward(id, u64::MAX)).await;
            ask(answers, format!("stream {number} backward"), backward);
        }
    }
    for (tenant, category) in [("", "meter"), ("acme", "cart"), ("acme", "meter")] {
        let all = store.root_ids(tenant, category, None, 1_000).await;
        ask(answers, format!("ids of {category} of `{tenant}`"), all);
        let after = Some(Uuid::from_u128(u128::MAX / 2));
        let later = store.root_ids(tenant, category, after, 5).await;
        ask(
            answers,
            format!("later ids of {category} of `{tenant}`"),
            later,
        );
    }
}

async fn commits(store: &SqliteStore, answers: &mut Answers) {
    for number in 0..12 {
        let id = cart_commit(number, 2).id;
        let receipt = store.receipt(cart(number), id).await;
        ask(answers, format!("receipt of cart {number}"), receipt);
    }
    let none = store.receipt(cart(1), commit_id(77)).await;
    ask(answers, "receipt of no commit", none);
}

/// A snapshot that is not there is none that is wrong: the events are folded.
async fn aggregates(store: &SqliteStore, answers: &mut Answers) {
    let meters = Repository::<Meter>::new(store.clone());
    for number in 0..24 {
        let loaded = meters.load(meter(number)).await;
        let loaded = loaded.map(|loaded| (Loaded::revision(&loaded), Loaded::into_state(loaded)));
        ask(answers, format!("meter {number}"), loaded);
        let stream = meters.stream(meter(number));
        match store
            .snapshots()
            .unwrap()
            .newest(stream, Meter::fingerprint())
            .await
        {
            Ok(None) => answers.push((format!("snapshot {number}"), Err("none".to_owned()))),
            found => ask(answers, format!("snapshot {number}"), found),
        }
    }
}

async fn models(store: &SqliteStore, answers: &mut Answers) {
    let table = || contents().tables.remove(0);
    let id = || contents().id;
    let models = store.models().await;
    let models = models.map(|all| all.into_iter().map(model).collect::<Vec<_>>());
    ask(answers, "model: all", models);
    let progress = ReadModelStore::progress(store, id(), Generation::Serving).await;
    ask(
        answers,
        "model: progress",
        progress.map(|it| it.map(lasting)),
    );
    let keys: Vec<Key> = [0, 7, 39, 40].map(key).to_vec();
    let after = Select::After {
        after: None,
        limit: 100,
    };
    for select in [Select::Keys(keys), after, Select::Count] {
        let question = format!("model: {select:?}");
        let found = store.rows(table(), Generation::Serving, select).await;
        let found = found.map(|found| (lasting(found.progress), found.rows, found.count));
        ask(answers, question, found);
    }
    let all = SelectParked::After {
        after: None,
        limit: 100,
    };
    let parked = store.parked(id(), Generation::Serving, all).await;
    ask(
        answers,
        "model: parked",
        parked.map(|(progress, parked)| (lasting(progress), parked)),
    );
    for number in 0..3 {
        let key = Key::of(&format!("parked {number}"));
        let waiting = store.waiting(id(), Generation::Serving, key, 10).await;
        ask(answers, format!("model: waiting {number}"), waiting);
    }
}

/// The columns that a checksum covers. The lease and the run state change without the rest, and a
/// runner that claims the model overwrites both.
fn lasting(mut progress: Progress) -> Progress {
    progress.lease = None;
    progress.state = eventsource_core::read_model::RunState::Idle;
    progress
}

fn model(mut model: StoredModel) -> StoredModel {
    model.progress = lasting(model.progress);
    model
}
