//! The activity of the shop as it happens, for the part of the page that looks under the hood.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use eventsource_core::store::{HeadWatch, ReadLog, StoredEvent};
use eventsource_core::{EventLog, Horizon, Position, Query, ReadError};
use futures_util::{Stream, stream};
use serde::Serialize;
use serde_json::Value;
use tokio::time::sleep;

use super::Shop;
use super::health::RunHealth;
use super::problem::Problem;

/// The number of events from before that a new stream begins with.
const BEFORE: u64 = 20;
/// How often the progress is looked at while no event is stored.
const TICK: Duration = Duration::from_millis(50);

/// `GET /activity`: server-sent events, `stored` for each event of the store and `progress` whenever a read
/// model or the receipts move. A caller that comes back with `Last-Event-ID` misses none.
///
/// It shows the payloads of all customers' carts, without their e-mail addresses. A shop on the internet
/// would show it to its operators only.
pub(super) async fn activity(
    State(shop): State<Shop>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let last = headers.get("last-event-id");
    let last = last.and_then(|last| last.to_str().ok()?.parse().ok());
    let activity = Activity::after(shop, last).await?;
    let events = stream::unfold(activity, async |mut activity| {
        let event = activity.next().await?;
        Some((Ok(event), activity))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// A stream of activity, with what was sent so far.
struct Activity {
    shop: Shop,
    after: Horizon,
    head: HeadWatch,
    stored: VecDeque<Event>,
    progress: Option<Progress>,
}

/// An event as it is stored.
#[derive(Serialize)]
struct StoredResponse {
    position: String,
    recorded_at: String,
    name: String,
    payload: Value,
}

/// How far the events are, and those that follow them.
#[derive(PartialEq, Serialize)]
struct Progress {
    head: String,
    followers: Vec<RunHealth>,
}

impl Activity {
    /// Begins after the event that the caller has seen last, or with the last events of the store.
    async fn after(shop: Shop, last: Option<Horizon>) -> Result<Self, ReadError> {
        let head = shop.store.head().await?.position();
        let begin = head.offset().get().saturating_sub(BEFORE);
        let mut activity = Self {
            after: Horizon::unchecked(Position::new(begin)),
            head: shop.store.watch(),
            stored: VecDeque::new(),
            progress: None,
            shop,
        };
        if let Some(last) = last {
            let before = std::mem::replace(&mut activity.after, last);
            match activity.read().await {
                Ok(()) => return Ok(activity),
                // It was of another store, or of one that was restored from a backup since.
                Err(_) => activity.after = before,
            }
        }
        activity.read().await?;
        Ok(activity)
    }

    /// Waits for what is to be sent next; `None` when the shop closes, or if the store cannot be read.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.stored.pop_front() {
                return Some(event);
            }
            let head = self.head.head();
            if head.offset() > self.after.position().offset() {
                self.read().await.ok()?;
                continue;
            }
            let progress = Progress::of(&self.shop, head);
            if self.progress.as_ref() != Some(&progress) {
                let event = Event::default().event("progress").json_data(&progress);
                self.progress = Some(progress);
                return event.ok();
            }
            tokio::select! {
                () = self.shop.closing() => return None,
                head = self.head.changed() => drop(head?),
                () = sleep(TICK) => {}
            }
        }
    }

    /// Reads the next events of the store.
    async fn read(&mut self) -> Result<(), ReadError> {
        loop {
            let read = ReadLog::new(Query::all()).after(self.after).limit(100);
            let page = self.shop.store.read(read).await?;
            for event in page.events() {
                let id = event.horizon().to_string();
                let stored = Event::default().event("stored").id(id);
                self.stored
                    .extend(stored.json_data(StoredResponse::new(&event)));
            }
            self.after = page.through();
            if page.is_complete() {
                return Ok(());
            }
        }
    }
}

impl StoredResponse {
    fn new(event: &StoredEvent<'_>) -> Self {
        let text = || String::from_utf8_lossy(event.payload).into_owned();
        let mut payload =
            serde_json::from_slice(event.payload).unwrap_or_else(|_| Value::from(text()));
        if let Some(email) = payload.get_mut("email") {
            *email = Value::from("…");
        }
        Self {
            position: event.position.to_string(),
            recorded_at: event.commit.recorded_at.to_string(),
            name: event.name.to_owned(),
            payload,
        }
    }
}

impl Progress {
    fn of(shop: &Shop, head: Position) -> Self {
        let status = shop.running.status();
        Self {
            head: head.to_string(),
            followers: status.iter().map(RunHealth::new).collect(),
        }
    }
}
