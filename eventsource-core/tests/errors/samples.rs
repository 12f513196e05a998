//! One of each public error.

use std::error::Error;
use std::num::NonZeroU64;
use std::time::Duration;

use eventsource_core::aggregate::{SnapshotCodecError, SnapshotPolicy};
use eventsource_core::codec::{DecodeError, EncodeError};
use eventsource_core::engine::Damage;
use eventsource_core::engine::group_commit::{MailboxClosed, Message};
use eventsource_core::engine::inline::RegisterError;
use eventsource_core::event::UndecodableEvent;
use eventsource_core::projection::KeyError;
use eventsource_core::read_model::{
    ClaimError, MaintainError, ModelKind, ModelMismatch, ModelNamesError, ModelNotFound,
    TableKeyError, WriteError,
};
use eventsource_core::repository::{ImportFailure, ImportHistoryError, ImportReport};
use eventsource_core::runner::ProjectionError;
use eventsource_core::store::{
    CommitHeader, Conflict, CopyError, Digest, DigestEncoding, Expect, Fingerprint, ImportError,
    LogId, NewEvent, Page, StoreError, StoreErrorKind, StoreId, StoredEvent, TagBuffer, VisitError,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::wire::{StreamToken, WireError};
use eventsource_core::{
    Aggregate, AppendError, Apply, BrokenRule, Codec, ExecuteError, Key, LoadError, Offset,
    Position, ReadError, ReadModelError, Revision, StreamId, SubscriptionError, Tag, Timestamp,
    event,
};
use serde::{Deserialize, Serialize};

use crate::checks::{CANARY, Sample};

pub(crate) fn all() -> Vec<Sample> {
    let groups = [
        values(),
        events(),
        stores(),
        damages(),
        aggregates(),
        read_models(),
        refusals(),
        claims_and_writes(),
        maintenance(),
        projections(),
        wire(),
        engine(),
        others(),
    ];
    groups.into_iter().flatten().collect()
}

#[derive(Debug, thiserror::Error)]
#[error("sold out")]
struct SoldOut;

fn cause() -> Box<dyn Error + Send + Sync> {
    Box::new(SoldOut)
}

fn key() -> Key {
    Key::of(CANARY)
}

fn stream() -> StreamId {
    StreamId::new("cart", Uuid::nil())
}

/// Contradictions that an engine meets.
fn damages() -> Vec<Sample> {
    let (position, last) = (Position::new(7), Position::new(8));
    let of_stream = || Box::new(stream());
    vec![
        Sample::of(Damage::OutOfOrder { position, last }),
        Sample::of(Damage::NoMatch { position }),
        Sample::of(Damage::StreamOutOfOrder {
            stream: of_stream(),
            position,
        }),
        Sample::of(Damage::MissingVersion {
            stream: of_stream(),
            version: 2,
            last: 3,
        }),
        Sample::of(Damage::ExtraVersion {
            stream: of_stream(),
            last: 3,
        }),
        Sample::of(Damage::OtherDigest { first: position }),
    ]
}

fn store_error() -> StoreError {
    StoreError::new(StoreErrorKind::Io, "store.db: SQLite could not do it").caused_by(cause())
}

fn conflict() -> Conflict {
    Conflict::new(
        Expect::NoStream(stream()),
        Some(Revision::NONE),
        Page::default(),
    )
}

fn broken_rule() -> BrokenRule {
    BrokenRule::new("`emails` version 1", Position::new(7), cause())
}

fn unknown_name() -> DecodeError {
    DecodeError::UnknownName {
        name: "opened".into(),
    }
}

fn undecodable() -> Box<UndecodableEvent> {
    let event = NewEvent::new(stream(), "opened", 1, Codec::Json, b"{}".to_vec());
    let commit = CommitHeader::new(
        Uuid::nil(),
        Position::new(1),
        1,
        Timestamp::default(),
        Digest::from_bytes(DigestEncoding::Tree, [0; 32]),
    );
    let commit = std::sync::Arc::new(commit);
    UndecodableEvent::new(&StoredEvent::unplaced(&event, 1, &commit), unknown_name())
}

fn values() -> Vec<Sample> {
    vec![
        Sample::of("x".parse::<Position>().unwrap_err()),
        Sample::of(Offset::try_from(u64::MAX).unwrap_err()),
        Sample::of("x".parse::<Timestamp>().unwrap_err()),
        Sample::of(jiff::Timestamp::try_from(Timestamp::from_micros(i64::MAX)).unwrap_err()),
        Sample::of(shape_error()),
        Sample::of(snapshot_codec_error()),
    ]
}

fn snapshot_codec_error() -> SnapshotCodecError {
    let policy = SnapshotPolicy::<u8>::new(NonZeroU64::MIN, 1);
    policy.decode(b"seven").unwrap_err()
}

fn shape_error() -> eventsource_core::aggregate::ShapeError {
    #[event]
    enum MeterEvent {
        Read,
    }

    #[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
    #[aggregate(event = MeterEvent, snapshot(every = 10, version = 1))]
    struct Loose {
        rest: serde_json::Value,
    }

    impl Apply<MeterEvent> for Loose {
        fn apply(&mut self, _: MeterEvent) {}
    }

    Fingerprint::of(&Loose::SNAPSHOTS.unwrap()).unwrap_err()
}

fn engine() -> Vec<Sample> {
    let errors = [
        RegisterError::HasEvents,
        RegisterError::NotRegistered,
        RegisterError::Mismatch(other_source()),
        RegisterError::Names(names()),
    ];
    let closed = MailboxClosed::<u32>(Message::Close);
    let errors = errors.into_iter().map(Sample::of);
    errors.chain([Sample::of(closed)]).collect()
}

fn wire() -> Vec<Sample> {
    let commit_id = Uuid::nil();
    let errors = [
        WireError::Empty,
        WireError::UnknownVersion { version: 2 },
        WireError::Checksum,
        WireError::Malformed {
            at: 7,
            reason: "a text is not UTF-8",
        },
        WireError::UnknownDigestEncoding { number: 3 },
        WireError::UnknownCodec { number: 3 },
        WireError::UnknownPayloadState { state: 1 },
        WireError::OtherDigest { commit_id },
        WireError::NotEncodable {
            commit_id,
            reason: "it has no events",
        },
    ];
    let token = "x".parse::<StreamToken>().unwrap_err();
    let stores = [
        WireError::Checksum.at(Position::new(7)),
        StoreError::from(WireError::Empty),
        StoreError::from(token.clone()),
    ];
    let errors = errors.into_iter().map(Sample::of);
    let stores = stores.into_iter().map(Sample::of);
    errors.chain(stores).chain([Sample::of(token)]).collect()
}

fn events() -> Vec<Sample> {
    let name = || "opened".to_owned();
    let message = || "missing field `a`".to_owned();
    vec![
        Sample::of(EncodeError::Payload {
            name: name(),
            message: message(),
        }),
        Sample::of(EncodeError::Unreadable {
            name: name(),
            reason: message(),
        }),
        Sample::of(unknown_name()),
        Sample::of(DecodeError::FromTheFuture {
            name: name(),
            stored: 2,
            known: 1,
        }),
        Sample::of(DecodeError::UnknownVersion {
            name: name(),
            stored: 1,
        }),
        Sample::of(DecodeError::Payload {
            name: name(),
            schema: 1,
            codec: Codec::Json,
            message: message(),
        }),
        Sample::of(DecodeError::Upcast {
            name: name(),
            stored: 1,
            version: 2,
            message: message(),
        }),
        Sample::of(DecodeError::Panicked {
            name: name(),
            stored: 1,
            code: "its key function",
            message: message(),
        }),
        Sample::of(EncodeError::Panicked {
            name: name(),
            message: message(),
        }),
        Sample::of(Tag::try_new("a:b", "c").unwrap_err()),
        Sample::of(DecodeError::OtherEvent {
            name: name(),
            became: "closed".into(),
        }),
        Sample::of(*undecodable()),
    ]
}

fn stores() -> Vec<Sample> {
    let reason = || "an event has no name".to_owned();
    let digest = Digest::from_bytes(DigestEncoding::Tree, [0; 32]);
    let first = Position::new(7);
    let header = CommitHeader::new(Uuid::nil(), first, 1, Timestamp::default(), digest);
    let header = header.with_metadata_json("{");
    vec![
        Sample::of(store_error()),
        Sample::of(conflict()),
        Sample::of(broken_rule()),
        Sample::of(ReadError::BeyondHead {
            position: Position::new(9),
            head: Position::new(7),
        }),
        Sample::of(ReadError::OtherHistory {
            position: Position::new(7),
            expected: Uuid::nil(),
            found: Some(Uuid::max()),
        }),
        Sample::of(ReadError::Archived {
            position: Position::new(7),
        }),
        Sample::of(ReadError::OtherLog {
            position: Position::new(9).in_log(1),
            head: Position::new(7),
        }),
        Sample::of(ReadError::Limit {
            what: "filters",
            size: 2,
            limit: 1,
        }),
        Sample::of(ReadError::Store(store_error())),
        Sample::of(VisitError::Read(ReadError::Store(store_error()))),
        Sample::of(VisitError::Panicked {
            position: Position::new(7),
            message: "out of tea".to_owned(),
        }),
        Sample::of(header.try_metadata().unwrap_err()),
        Sample::of(TagBuffer::default().push_json("[").unwrap_err()),
        Sample::of(AppendError::Conflict(Box::new(conflict()))),
        Sample::of(AppendError::CommitIdReused {
            commit_id: Uuid::nil(),
        }),
        Sample::of(AppendError::OtherDigest {
            commit_id: Uuid::nil(),
        }),
        Sample::of(AppendError::Limit {
            what: "events",
            size: 2,
            limit: 1,
        }),
        Sample::of(AppendError::Invalid { reason: reason() }),
        Sample::of(AppendError::Tenants {
            tenant: "".into(),
            what: "an event",
            other: Some("acme".into()),
        }),
        Sample::of(AppendError::ClockBehind {
            stream: Box::new(stream()),
            last: Timestamp::from_micros(3),
            now: Timestamp::from_micros(1),
            max_lead: Duration::from_micros(1),
        }),
        Sample::of(AppendError::Rule(broken_rule())),
        Sample::of(AppendError::RuleMismatch {
            projection: "emails".into(),
            version: 1,
            reason: reason(),
        }),
        Sample::of(AppendError::OutcomeUnknown {
            commit_id: Uuid::nil(),
            source: store_error(),
        }),
        Sample::of(AppendError::Store(store_error())),
    ]
}

fn import_error() -> ImportError {
    ImportError::new(Vec::new(), Uuid::nil(), AppendError::Store(store_error()))
}

fn aggregates() -> Vec<Sample> {
    let load = || LoadError::Read(ReadError::Store(store_error()));
    vec![
        Sample::of(load()),
        Sample::of(LoadError::Decode {
            stream: Box::new(stream()),
            version: 1,
            position: Position::new(7),
            source: unknown_name(),
        }),
        Sample::of(LoadError::Gap {
            stream: Box::new(stream()),
            expected: 1,
            found: 2,
        }),
        Sample::of(LoadError::Panicked {
            stream: Box::new(stream()),
            version: 1,
            position: Position::new(7),
            message: "out of tea".into(),
        }),
        Sample::of(LoadError::DefaultPanicked {
            stream: Box::new(stream()),
            message: "out of tea".into(),
        }),
        Sample::of(LoadError::SnapshotDiffers {
            stream: Box::new(stream()),
            version: 1,
            position: Position::new(7),
            state: "Account",
        }),
        Sample::of(LoadError::Shape(shape_error())),
        Sample::of(ImportHistoryError::new(
            ImportReport::default(),
            Uuid::nil(),
            ImportFailure::Append(AppendError::Store(store_error())),
        )),
        Sample::of(ImportFailure::Encode(EncodeError::Panicked {
            name: "account.opened".into(),
            message: "out of tea".into(),
        })),
        Sample::of(ImportFailure::Append(AppendError::Store(store_error()))),
        Sample::of(LoadError::NoSuchVersion {
            stream: Box::new(stream()),
            requested: 2,
            actual: 1,
        }),
        Sample::of(ExecuteError::Refused(SoldOut)),
        Sample::of(ExecuteError::<SoldOut>::Conflict(Box::new(conflict()))),
        Sample::of(ExecuteError::<SoldOut>::Panicked {
            code: "the decision".into(),
            stream: Box::new(stream()),
            revision: Revision::NONE,
            message: "out of tea".into(),
        }),
        Sample::of(ExecuteError::<SoldOut>::Nested {
            stream: Box::new(stream()),
        }),
        Sample::of(ExecuteError::<SoldOut>::Locked {
            stream: Box::new(stream()),
            after: Duration::from_secs(30),
        }),
        Sample::of(ExecuteError::<SoldOut>::Targets {
            reason: "a target is there twice".into(),
        }),
        Sample::of(ExecuteError::<SoldOut>::Load(load())),
        Sample::of(ExecuteError::<SoldOut>::Encode(EncodeError::Payload {
            name: "opened".into(),
            message: "no".into(),
        })),
        Sample::of(ExecuteError::<SoldOut>::Append(AppendError::Rule(
            broken_rule(),
        ))),
    ]
}

fn read_models() -> Vec<Sample> {
    let (position, head) = (Position::new(7), Position::new(9));
    vec![
        Sample::of(ReadModelError::Rebuilding {
            model: model(),
            position,
            head,
            parked: 1,
        }),
        Sample::of(ReadModelError::NotFound(not_found())),
        Sample::of(ReadModelError::OtherStore {
            model: model(),
            found: log(Uuid::nil()),
            source_store: log(Uuid::max()),
        }),
        Sample::of(ReadModelError::BeyondHead {
            model: model(),
            kind: ModelKind::Projection(1),
            position: head,
            head: position,
        }),
        Sample::of(ReadModelError::OtherHistory {
            model: model(),
            kind: ModelKind::Reactor,
            position,
            expected: Uuid::nil(),
            found: None,
        }),
        Sample::of(ReadModelError::Key(key_parts())),
        Sample::of(ReadModelError::Row {
            table: "demand".into(),
            key: key(),
            message: "missing field `a`".into(),
        }),
        Sample::of(ReadModelError::Read(ReadError::Store(store_error()))),
        Sample::of(ReadModelError::Store(store_error())),
    ]
}

fn model() -> String {
    "`demand` version 1".to_owned()
}

fn log(store: Uuid) -> LogId {
    LogId::new(StoreId::new(store), 0)
}

fn not_found() -> ModelNotFound {
    ModelNotFound::new(&model())
}

fn names() -> ModelNamesError {
    ModelNamesError::new(&model(), "it has none")
}

fn other_source() -> ModelMismatch {
    ModelMismatch::OtherSource {
        model: model(),
        next: 2,
    }
}

fn key_parts() -> TableKeyError {
    TableKeyError::Parts {
        table: model(),
        parts: 1,
        wanted: 2,
    }
}

/// The refusals that several errors of read models have.
fn refusals() -> Vec<Sample> {
    vec![
        Sample::of(not_found()),
        Sample::of(names()),
        Sample::of(other_source()),
        Sample::of(ModelMismatch::OtherTables {
            model: model(),
            found: "`demand` version 1".into(),
            wanted: "`supply` version 1".into(),
        }),
        Sample::of(key_parts()),
        Sample::of(TableKeyError::TooLong { table: model() }),
    ]
}

fn claims_and_writes() -> Vec<Sample> {
    vec![
        Sample::of(ClaimError::OtherStore {
            model: model(),
            found: log(Uuid::nil()),
            source_store: log(Uuid::max()),
        }),
        Sample::of(ClaimError::Mismatch(other_source())),
        Sample::of(ClaimError::Names(names())),
        Sample::of(ClaimError::Inline { model: model() }),
        Sample::of(ClaimError::TakenOver { model: model() }),
        Sample::of(ClaimError::NotFound(not_found())),
        Sample::of(ClaimError::Store(store_error())),
        Sample::of(WriteError::TakenOver { model: model() }),
        Sample::of(WriteError::NotFound(not_found())),
        Sample::of(WriteError::Mismatch(other_source())),
        Sample::of(WriteError::Names(names())),
        Sample::of(WriteError::Key(key_parts())),
        Sample::of(WriteError::Handler(cause())),
        Sample::of(WriteError::Store(store_error())),
    ]
}

fn maintenance() -> Vec<Sample> {
    vec![
        Sample::of(MaintainError::NotFound(not_found())),
        Sample::of(MaintainError::TakenOver { model: model() }),
        Sample::of(MaintainError::MoreParked {
            model: model(),
            beside: 2,
            main: 1,
        }),
        Sample::of(MaintainError::Rebuilding {
            model: model(),
            position: Position::new(7),
            parked: 1,
        }),
        Sample::of(MaintainError::Inline { model: model() }),
        Sample::of(MaintainError::Names(names())),
        Sample::of(MaintainError::Store(store_error())),
    ]
}

fn projections() -> Vec<Sample> {
    let position = Position::new(7);
    vec![
        Sample::of(KeyError::TooLong { bytes: 1_025 }),
        Sample::of(KeyError::Kind { at: 1 }),
        Sample::of(KeyError::Incomplete { at: 1 }),
        Sample::of(KeyError::Escape { at: 1 }),
        Sample::of(KeyError::Utf8 { at: 1 }),
        Sample::of(ProjectionError::Undecodable(undecodable())),
        Sample::of(ProjectionError::Failed {
            table: "demand".into(),
            position,
            key: key(),
            source: cause(),
        }),
        Sample::of(ProjectionError::Reaction {
            reactor: "welcome".into(),
            position,
            source: cause(),
        }),
        Sample::of(ProjectionError::Panicked {
            after: position,
            message: "no".into(),
        }),
        Sample::of(ProjectionError::Unwritable {
            table: "demand".into(),
            key: key(),
            message: "no".into(),
        }),
        Sample::of(ProjectionError::TooManyParked {
            model: "`demand` version 1".into(),
            most: 1,
            position,
            reason: "no".into(),
        }),
        Sample::of(ProjectionError::Held {
            model: model(),
            owner: Uuid::nil(),
        }),
        Sample::of(ProjectionError::Claim(ClaimError::NotFound(not_found()))),
        Sample::of(ProjectionError::Write(WriteError::Handler(cause()))),
        Sample::of(ProjectionError::ReadModel(ReadModelError::NotFound(
            not_found(),
        ))),
        Sample::of(ProjectionError::Maintain(MaintainError::Names(names()))),
        Sample::of(ProjectionError::Read(ReadError::Store(store_error()))),
    ]
}

fn others() -> Vec<Sample> {
    let read = || ReadError::Store(store_error());
    vec![
        Sample::of(SubscriptionError::Undecodable(undecodable())),
        Sample::of(SubscriptionError::Read(read())),
        Sample::of(CopyError::Read(read())),
        Sample::of(import_error()),
        Sample::of(CopyError::Import {
            copied: 3,
            source: import_error(),
        }),
    ]
}
