//! A store with some of each kind of content.

use eventsource_core::read_model::{
    Claim, ClaimOutcome, Generation, Model, Parking, RowWrite, Select, Table, Write,
};
use eventsource_core::store::{
    Commit, Fingerprint, Imported, NewEvent, Page, ReadLog, ReadStream, Snapshot, Versions,
};
use eventsource_core::{
    Codec, Filter, Horizon, Key, Metadata, Position, Query, ReadError, ReadModelError, Receipt,
    StreamId, Tag, Timestamp,
};
use uuid::Uuid;

use super::bed::Handle;
use crate::store::support::{Seen, read_all, seen};

/// The name of the read model of the suite, and of its table. Its version is 1.
pub const ROWS: &str = "conformance_rows";

const COMMITS: usize = 12;
/// The number of the commit that is harmed: it is neither the first nor the last of its stream.
const HARMED: usize = 4;

/// The content of a store that the suite has filled.
pub(super) struct Content {
    streams: [StreamId; 3],
    commits: Vec<(StreamId, Uuid)>,
    log: Vec<Seen>,
}

/// A read of a part of the content.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Read {
    Log,
    Forward(StreamId),
    Backward(StreamId),
    Tagged,
    Receipt(StreamId, Uuid),
    Rows,
}

/// The answer to a read.
#[derive(PartialEq)]
pub(super) enum Answer {
    Events(Vec<Seen>),
    Receipt(Option<Receipt>),
    Rows(Vec<(Key, String)>),
}

impl Content {
    /// Fills a store.
    pub(super) async fn fill(handle: &Handle) -> Self {
        let streams = [(); 3].map(|()| StreamId::new("verified", Uuid::now_v7()));
        let mut commits = Vec::new();
        for number in 0..COMMITS {
            let new = commit(&streams[number % 3], number);
            commits.push((streams[number % 3].clone(), new.id));
            append(handle, new, number).await;
        }
        keep_snapshot(handle, &streams[0]).await;
        write_rows(handle).await;
        let log = read_all(&handle.store, &Query::all(), 1_000).await;
        Self {
            streams,
            commits,
            log,
        }
    }

    /// The first event of the commit that is harmed.
    pub(super) fn harmed_commit(&self) -> Position {
        self.harmed_event(0)
    }

    /// The second event of it, which has a tag.
    pub(super) fn harmed_tagged_event(&self) -> Position {
        self.harmed_event(1)
    }

    fn harmed_event(&self, number: usize) -> Position {
        let (_, id) = self.commits[HARMED];
        let mut events = self.log.iter().filter(|event| event.commit.id == id);
        events.nth(number).expect("the commit is stored").position
    }

    /// The last event of a stream.
    pub(super) fn end_of_stream(&self) -> Position {
        let mut events = self.log.iter().rev();
        let last = events.find(|event| event.stream == self.streams[1]);
        last.expect("the stream has events").position
    }

    pub(super) fn reads(&self) -> Vec<Read> {
        let mut reads = vec![Read::Log, Read::Tagged, Read::Rows];
        for stream in &self.streams {
            reads.push(Read::Forward(stream.clone()));
            reads.push(Read::Backward(stream.clone()));
        }
        let receipts = self.commits.iter().cloned();
        reads.extend(receipts.map(|(stream, id)| Read::Receipt(stream, id)));
        reads
    }
}

impl Read {
    /// Reads this part. An error is an answer too.
    pub(super) async fn answer(&self, handle: &Handle) -> Result<Answer, ReadModelError> {
        let events = match self {
            Self::Log => read_log(handle, Query::all()).await,
            Self::Tagged => read_log(handle, Filter::new().tag(tag()).into()).await,
            Self::Forward(stream) => {
                read_stream(handle, ReadStream::forward(stream.clone(), 0)).await
            }
            Self::Backward(stream) => {
                read_stream(handle, ReadStream::backward(stream.clone(), u64::MAX)).await
            }
            Self::Receipt(stream, id) => {
                let receipt = handle.store.receipt(stream.clone(), *id).await?;
                return Ok(Answer::Receipt(receipt));
            }
            Self::Rows => return read_rows(handle).await,
        };
        Ok(Answer::Events(events?))
    }
}

async fn read_log(handle: &Handle, query: Query) -> Result<Vec<Seen>, ReadError> {
    let (mut all, mut after) = (Vec::new(), Horizon::START);
    loop {
        let page = handle
            .store
            .read(ReadLog::new(query.clone()).after(after))
            .await?;
        all.extend(seen(&page));
        if page.is_complete() {
            return Ok(all);
        }
        after = page.through();
    }
}

async fn read_stream(handle: &Handle, read: ReadStream) -> Result<Vec<Seen>, ReadError> {
    let (mut all, mut read) = (Vec::new(), read.with_metadata());
    loop {
        let page = handle.store.read_stream(read.clone()).await?;
        all.extend(seen(&page));
        let Some(next) = rest(&page, &read) else {
            return Ok(all);
        };
        read.versions = next;
    }
}

fn rest(page: &Page, read: &ReadStream) -> Option<Versions> {
    let last = page.last().filter(|_| !page.is_complete())?.version;
    Some(match read.versions {
        Versions::After(_) => Versions::After(last),
        Versions::Before(_) => Versions::Before(last),
    })
}

async fn read_rows(handle: &Handle) -> Result<Answer, ReadModelError> {
    let all = Select::After {
        after: None,
        limit: usize::MAX,
    };
    let rows = handle.models.rows(table(), Generation::Serving, all);
    let rows = rows.await?.rows;
    let rows = rows.into_iter().map(|(key, row)| (key, row.to_string()));
    Ok(Answer::Rows(rows.collect()))
}

/// Three events: a text, one with a tag, and bytes that are no text.
pub(super) fn commit(stream: &StreamId, number: usize) -> Commit {
    let event = |name: &'static str, payload: Vec<u8>| {
        NewEvent::new(stream.clone(), name, 1, Codec::Json, payload)
    };
    let text = format!("{{\"number\":{number}}}").into_bytes();
    let tagged = event("verified.tagged", text.clone()).tagged(vec![tag()]);
    let bytes = event("verified.bytes", vec![0xff; 1 << number.min(16)]);
    let metadata = Metadata::new().actor(format!("clerk {number}"));
    let events = vec![event("verified.noted", text), tagged, bytes];
    Commit::new(Uuid::now_v7(), events).metadata(metadata)
}

/// The first commits of the streams are imported.
async fn append(handle: &Handle, commit: Commit, number: usize) {
    if number < 3 {
        let time = Timestamp::from_micros(1_000_000);
        let imported = handle.store.import(vec![Imported::new(commit, time)]).await;
        imported.expect("a commit is imported");
    } else {
        let appended = handle.store.append(commit).await;
        appended.expect("a commit is appended");
    }
}

fn tag() -> Tag {
    Tag::new("verified", "yes")
}

async fn keep_snapshot(handle: &Handle, stream: &StreamId) {
    let Some(snapshots) = handle.store.snapshots() else {
        return;
    };
    let last = handle
        .store
        .read_stream(ReadStream::backward(stream.clone(), u64::MAX))
        .await;
    let revision = last
        .expect("the stream is read")
        .get(0)
        .expect("it has events")
        .revision();
    let fingerprint = Fingerprint::from_bytes([7; 32]);
    let snapshot = Snapshot::new(stream.clone(), fingerprint, revision, b"\0\xff".to_vec());
    snapshots.keep(snapshot).await.expect("a snapshot is kept");
}

fn table() -> Table {
    Table::new(ROWS, 1, &["number"][..])
}

/// The key of the row that is harmed.
pub(super) fn harmed_row() -> Key {
    Key::of("2")
}

/// Writes some rows, and parks a key.
async fn write_rows(handle: &Handle) {
    let model = Model::new(ROWS, 1, vec![table()]);
    let (source, owner) = (handle.store.log_id(), Uuid::now_v7());
    let claim = Claim::new(model.clone(), Generation::Serving, source, owner);
    let claimed = handle.models.claim(claim).await;
    let ClaimOutcome::Granted(progress) = claimed.expect("a new model is claimed") else {
        panic!("another one has claimed a new model");
    };
    let head = handle.store.head().await.expect("the head is read");
    let mut write = Write::new(model, Generation::Serving, progress.checkpoint, head);
    write.serving = true;
    write.rows = (0..5).map(|number| row(&number.to_string())).collect();
    write.parking = vec![Parking::failed(
        Key::of("parked"),
        head.position(),
        "no price",
    )];
    handle.models.write(write).await.expect("rows are written");
}

fn row(number: &str) -> RowWrite {
    let row = format!("{{\"number\":{number}}}");
    RowWrite::new(0, Key::of(number), Some(row.into()))
}
