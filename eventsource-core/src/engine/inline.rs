//! Inline projections, whose rows change in the transaction of the append.
//!
//! # Example
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
