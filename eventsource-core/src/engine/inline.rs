//! Inline projections, whose rows change in the transaction of the append.
//!
//! # Example
//!
//! A projection folds the events of a commit, and may refuse it:
//!
//! ```
//! # use eventsource_core::{
//! #     Codec, Key, Position, Project, Projection, Recorded, StreamId, Timestamp, event,
//! # };
//! # use eventsource_core::store::{Commit, CommitHeader, NewEvent, StoredEvent};
//! # use eventsource_core::uuid::Uuid;
//! # use serde::{Deserialize, Serialize};
//! use eventsource_core::engine::inline::{InlineFold, InlineProjection};
//! # #[event] pub struct Opened { email: String }
//! # #[derive(Projection, Default, Serialize, Deserialize)]
//! # #[projection(name = "emails", version = 1, key = email, events(Opened))]
//! # struct Emails { owners: u32 }
//! # impl Project<Opened, Result<(), String>> for Emails {
//! #     fn project(&mut self, _: &Recorded<Opened>) -> Result<(), String> {
//! #         self.owners += 1;
//! #         if self.owners == 1 { Ok(()) } else { Err("it is taken".into()) }
//! #     }
//! # }
//! # let account = StreamId::new("account", Uuid::now_v7());
//! # let payload = br#"{"email":"ann@example.org"}"#.to_vec();
//! # let opened = NewEvent::new(account, "opened", 1, Codec::Json, payload);
//! # let time = Timestamp::from_micros(1);
//! # let digest = Commit::new(Uuid::nil(), vec![opened.clone()]).digest();
//! # let commit = CommitHeader::new(Uuid::now_v7(), Position::START, 1, time, digest).into();
//! # let events = || [StoredEvent::unplaced(&opened, 1, &commit)];
//!
//! let emails = InlineProjection::of::<Emails>();
//! let fold: InlineFold = emails.fold(events())?;
//! assert_eq!(fold.keys(), [Key::of("ann@example.org")]);
//! let rows = fold.finish(vec![None])?; // there was no such row
//! assert_eq!(rows[0].row.as_deref(), Some(r#"{"owners":1}"#));
//!
//! let again = emails.fold(events())?.finish(vec![rows[0].row.clone()]);
//! assert!(again.is_err());
//! # Ok::<(), eventsource_core::BrokenRule>(())
//! ```
//!
//! A store reads the rows that a group of commits needs at once, and decides one commit after the other:
//!
//! ```
//! # use eventsource_core::{Codec, Key, Position, Project, Projection, Recorded, StreamId, Timestamp, event};
//! # use eventsource_core::store::{Commit, CommitTime, Expect, Limits, NewEvent};
//! # use eventsource_core::uuid::Uuid;
//! # use serde::{Deserialize, Serialize};
//! use eventsource_core::engine::inline::{
//!     CommitRows, InlineGroup, InlineProjection, InlineRules, MissingRows, RuleFold,
//! };
//! use eventsource_core::engine::{Decider, NewCommit};
//! # #[event] pub struct Opened { email: String }
//! # #[derive(Projection, Default, Serialize, Deserialize)]
//! # #[projection(name = "emails", version = 1, key = email, events(Opened))]
//! # struct Emails { owners: u32 }
//! # impl Project<Opened, Result<(), String>> for Emails {
//! #     fn project(&mut self, _: &Recorded<Opened>) -> Result<(), String> {
//! #         self.owners += 1;
//! #         if self.owners == 1 { Ok(()) } else { Err("it is taken".into()) }
//! #     }
//! # }
//! # fn open_account(email: &str) -> NewCommit {
//! #     let account = StreamId::new("account", Uuid::now_v7());
//! #     let payload = format!(r#"{{"email":"{email}"}}"#).into_bytes();
//! #     let opened = NewEvent::new(account.clone(), "opened", 1, Codec::Json, payload);
//! #     let commit = Commit::new(Uuid::now_v7(), vec![opened]).expect(Expect::NoStream(account));
//! #     let now = CommitTime::clock(Timestamp::from_micros(1));
//! #     NewCommit::new(commit, now, &Limits::DEFAULT).unwrap()
//! # }
//!
//! let rules = InlineRules::new(vec![InlineProjection::of::<Emails>()]);
//! let commits = [open_account("ann@example.org"), open_account("ann@example.org")];
//!
//! let mut decider = Decider::<()>::new(Position::START);
//! let mut group = InlineGroup::new(&rules);
//! let missing: Vec<MissingRows<'_>> = group.prefetch(&commits);
//! for missing in missing {
//!     assert_eq!(missing.keys, [Key::of("ann@example.org")]);
//!     let rows = vec![None; missing.keys.len()]; // a store reads them
//!     group.add(missing, rows);
//! }
//! let mut refused = 0;
//! for new in &commits {
//!     let plan = decider.assume_new(new).expect("each begins a stream");
//!     let fold: RuleFold = group.fold(&plan)?;
//!     assert!(group.missing([&fold]).is_empty());
//!     let rows: Result<CommitRows, _> = group.finish(fold);
//!     match rows {
//!         Ok(rows) => group.keep(rows),
//!         Err(_) => refused += 1,
//!     }
//! }
//! assert_eq!(refused, 1, "the second commit sees the row of the first");
//! let (_, rows) = group.changed().next().unwrap();
//! assert_eq!(rows, [(&Key::of("ann@example.org"), Some(r#"{"owners":1}"#))]);
//! # Ok::<(), eventsource_core::BrokenRule>(())
//! ```
//!
//! The rows of the events that are stored already are folded page by page:
//!
//! ```
//! # use eventsource_core::{EventLog, MemoryStore, Project, Projection, Recorded, event};
//! # use eventsource_core::store::ReadLog;
//! # use serde::{Deserialize, Serialize};
//! use eventsource_core::engine::inline::{FoldedPage, InlineProjection, PageFold};
//! # #[event] pub struct Opened { email: String }
//! # #[derive(Projection, Default, Serialize, Deserialize)]
//! # #[projection(name = "emails", version = 1, key = email, events(Opened))]
//! # struct Emails { owners: u32 }
//! # impl Project<Opened> for Emails {
//! #     fn project(&mut self, _: &Recorded<Opened>) { self.owners += 1; }
//! # }
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let store = MemoryStore::new();
//! let emails = InlineProjection::of::<Emails>();
//! let page = store.read(ReadLog::new(emails.query())).await?;
//! let fold = PageFold::new(&emails, &page)?;
//! let rows = vec![None; fold.keys().len()]; // a store reads them
//! let folded: FoldedPage = fold.finish(rows, || false)?;
//! assert!(folded.is_complete && folded.changed().is_empty(), "the store has no events");
//! # Ok(()) }
//! ```
//!
//! A projection is registered once they are complete:
//!
//! ```
//! # use eventsource_core::{Horizon, Position, Project, Projection, Recorded, event};
//! # use eventsource_core::store::{LogId, StoreId};
//! # use eventsource_core::uuid::Uuid;
//! # use serde::{Deserialize, Serialize};
//! use eventsource_core::engine::inline::{
//!     BuildState, InlineProjection, RegisterError, Registering, Registration,
//! };
//! use eventsource_core::engine::models::{InlineState, ModelCatalog, ModelChange};
//! # #[event] pub struct Opened { email: String }
//! # #[derive(Projection, Default, Serialize, Deserialize)]
//! # #[projection(name = "emails", version = 1, key = email, events(Opened))]
//! # struct Emails { owners: u32 }
//! # impl Project<Opened> for Emails {
//! #     fn project(&mut self, _: &Recorded<Opened>) { self.owners += 1; }
//! # }
//! # let source = LogId::new(StoreId::new(Uuid::nil()), 0);
//!
//! let emails = InlineProjection::of::<Emails>();
//! let registration = Registration::new(&emails, Registering::NewStore);
//! let has_events = Horizon::unchecked(Position::new(7));
//! let refused = registration.begin(ModelCatalog::new(&[]), source, has_events);
//! assert!(matches!(refused, Err(RegisterError::HasEvents)));
//!
//! let head = Horizon::START; // the store has no events
//! let begun = registration.begin(ModelCatalog::new(&[]), source, head)?;
//! let [ModelChange::Create(entry)] = &begun[..] else { panic!("nothing was begun before") };
//! assert_eq!(entry.inline, Some(InlineState::Building));
//!
//! let entries = [entry.clone()];
//! let state = registration.state(ModelCatalog::new(&entries));
//! assert!(matches!(state, BuildState::Building(_)));
//! let finished = registration.finish(ModelCatalog::new(&entries), head);
//! assert!(matches!(&finished[..], [ModelChange::Serve(entry)] if entry.is_registered()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod build;
mod group;
mod overlay;
mod projection;
mod registration;
mod rules;

pub use build::{FoldedPage, PageFold};
pub use group::{CommitRows, InlineGroup, MissingRows, RuleFold};
pub use projection::{InlineFold, InlineProjection};
pub use registration::{BuildState, RegisterError, Registering, Registration};
pub use rules::{InlineRules, RuleMismatch};
