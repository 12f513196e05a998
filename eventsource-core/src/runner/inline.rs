//! Projections whose rows change in the transaction of an append.

use std::fmt;
use std::sync::Arc;

use super::ProjectionError;
use super::buffer::{Buffer, PlacedSteps};
use super::panic::guarded;
use super::projection::query_of;
use crate::event::{EventType, Undecodable};
use crate::projection::{BoxError, EventProjection, Key, Steps};
use crate::read_model::{Model, ModelFingerprint, RowWrite, Table};
use crate::store::{BrokenRule, CommitHeader, Query, StoredEvent};
use crate::values::Position;

/// A projection as a store takes it that changes the rows in the transaction of the append: what
/// the author of a store needs for rules such as "one account per e-mail". The store folds the
/// events of each commit, reads the rows of the keys that they touch, and writes those that
/// changed together with the events; if the projection fails it stores nothing of the commit.
///
/// ```
/// # use eventsource_core::{
/// #     Codec, Key, Position, Project, Projection, Recorded, StreamId, Timestamp, event,
/// # };
/// # use eventsource_core::store::{Commit, CommitHeader, NewEvent, StoredEvent};
/// # use eventsource_core::uuid::Uuid;
/// # use serde::{Deserialize, Serialize};
/// use eventsource_core::runner::InlineProjection;
/// # #[event] pub struct Opened { email: String }
/// # #[derive(Projection, Default, Serialize, Deserialize)]
/// # #[projection(name = "emails", version = 1, key = email, events(Opened))]
/// # struct Emails { owners: u32 }
/// # impl Project<Opened, Result<(), String>> for Emails {
/// #     fn project(&mut self, _: &Recorded<Opened>) -> Result<(), String> {
/// #         self.owners += 1;
/// #         if self.owners == 1 { Ok(()) } else { Err("it is taken".into()) }
/// #     }
/// # }
/// # let account = StreamId::new("account", Uuid::now_v7());
/// # let payload = br#"{"email":"ann@example.org"}"#.to_vec();
/// # let opened = NewEvent::new(account, "opened", 1, Codec::Json, payload);
/// # let time = Timestamp::from_micros(1);
/// # let digest = Commit::new(Uuid::nil(), vec![opened.clone()]).digest();
/// # let commit = CommitHeader::new(Uuid::now_v7(), Position::START, 1, time, digest).into();
/// # let events = || [StoredEvent::unplaced(&opened, 1, &commit)];
///
/// let emails = InlineProjection::of::<Emails>();
/// let fold = emails.fold(events())?;
/// assert_eq!(fold.keys(), [Key::of("ann@example.org")]);
/// let rows = fold.finish(vec![None])?; // there was no such row
/// assert_eq!(rows[0].row.as_deref(), Some(r#"{"owners":1}"#));
///
/// let again = emails.fold(events())?.finish(vec![rows[0].row.clone()]);
/// assert!(again.is_err());
/// # Ok::<(), eventsource_core::BrokenRule>(())
/// ```
#[derive(Clone)]
pub struct InlineProjection {
    model: Model,
    events: &'static [&'static [EventType]],
    query: fn() -> Query,
    fold: FoldEvents,
}

type FoldEvents =
    fn(&mut dyn Iterator<Item = StoredEvent<'_>>) -> Result<Box<dyn Fold>, ProjectionError>;

impl InlineProjection {
    /// The projection `P`.
    #[must_use]
    pub fn of<P: EventProjection>() -> Self {
        Self {
            model: Model::new(P::NAME, P::VERSION, vec![Table::of::<P>()])
                .fingerprint(ModelFingerprint::of::<P>()),
            events: P::EVENTS,
            query: || query_of(P::EVENTS),
            fold: fold::<P>,
        }
    }

    /// What it keeps: one table.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Which events it wants.
    #[must_use]
    pub fn query(&self) -> Query {
        (self.query)()
    }

    /// Whether it wants events of this name.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        let mut events = self.events.iter().flat_map(|set| set.iter());
        events.any(|of| of.is_stored_as(name))
    }

    /// Begins to take events of one commit, in their order. The projection does not see where they
    /// stand in the store, which nobody knows before they are stored.
    ///
    /// # Errors
    ///
    /// [`BrokenRule`] with what is wrong: an event cannot be read, or the projection panicked.
    pub fn fold<'e>(
        &self,
        events: impl IntoIterator<Item = StoredEvent<'e>>,
    ) -> Result<InlineFold, BrokenRule> {
        let fold = guarded(|| (self.fold)(&mut events.into_iter()));
        let model = self.model.to_string();
        match fold {
            Ok(fold) => Ok(InlineFold { model, fold }),
            Err(error) => Err(refusal(model, error)),
        }
    }
}

/// Events that a projection is about to take.
pub struct InlineFold {
    model: String,
    fold: Box<dyn Fold>,
}

impl InlineFold {
    /// The keys of the rows that the events touch, each once.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.fold.keys()
    }

    /// Takes the events into these rows, which stand under [the keys](Self::keys), and tells which
    /// ones changed.
    ///
    /// # Errors
    ///
    /// [`BrokenRule`] with what the projection returned, or what is wrong with a row.
    pub fn finish(self, rows: Vec<Option<Arc<str>>>) -> Result<Vec<RowWrite>, BrokenRule> {
        let Self { model, mut fold } = self;
        guarded(|| fold.finish(rows)).map_err(|error| refusal(model, error))
    }
}

/// The fold of one commit.
trait Fold: Send {
    fn keys(&self) -> Vec<Key>;

    fn finish(&mut self, rows: Vec<Option<Arc<str>>>) -> Result<Vec<RowWrite>, ProjectionError>;
}

struct Folding<P> {
    rows: Buffer<P>,
    steps: PlacedSteps<P>,
}

impl<P: EventProjection> Fold for Folding<P> {
    fn keys(&self) -> Vec<Key> {
        self.rows.keys(0)
    }

    fn finish(&mut self, rows: Vec<Option<Arc<str>>>) -> Result<Vec<RowWrite>, ProjectionError> {
        self.rows.fill(0, rows)?;
        let ran = self.rows.run(&self.steps);
        let changed = ran.and_then(|()| self.rows.changed(&self.steps));
        let changed = changed.map_err(|broken| broken.into_error(P::NAME))?;
        Ok(changed.iter().map(|changed| changed.write(0)).collect())
    }
}

fn fold<P: EventProjection>(
    events: &mut dyn Iterator<Item = StoredEvent<'_>>,
) -> Result<Box<dyn Fold>, ProjectionError> {
    let (mut steps, mut headers) = (PlacedSteps::default(), Headers::default());
    for (turn, event) in events.enumerate() {
        steps.all.begin_turn(turn, event.position);
        read::<P>(event, &mut headers, &mut steps.all)?;
    }
    let mut rows = Buffer::new(false);
    let keys = steps.all.iter().flat_map(|(_, _, keys)| keys);
    keys.into_iter()
        .try_for_each(|key| rows.table().check_key(key))?;
    rows.place(&mut steps, |_, _| true);
    Ok(Box::new(Folding { rows, steps }))
}

/// Reads the steps of an event. Only an error tells where it stands.
fn read<P: EventProjection>(
    event: StoredEvent<'_>,
    headers: &mut Headers,
    steps: &mut Steps<P>,
) -> Result<(), ProjectionError> {
    let header = headers.without_position(event.commit);
    let unplaced = StoredEvent {
        position: Position::START,
        commit: &header,
        ..event
    };
    P::read(&unplaced, steps).map_err(|source| Undecodable::new(&event, source))?;
    Ok(())
}

/// The last header, which is often that of the next event as well.
#[derive(Default)]
struct Headers(Option<(Position, Arc<CommitHeader>)>);

impl Headers {
    fn without_position(&mut self, header: &Arc<CommitHeader>) -> Arc<CommitHeader> {
        if header.first == Position::START {
            return Arc::clone(header);
        }
        match &self.0 {
            Some((first, known)) if *first == header.first => Arc::clone(known),
            _ => {
                let first = Position::START;
                let hidden = Arc::new(CommitHeader {
                    first,
                    ..CommitHeader::clone(header)
                });
                self.0 = Some((header.first, Arc::clone(&hidden)));
                hidden
            }
        }
    }
}

/// What went wrong, without the key, which may be what people want to have alone, such as their
/// e-mail address.
fn refusal(model: String, error: ProjectionError) -> BrokenRule {
    let (position, source): (_, BoxError) = match error {
        ProjectionError::Failed {
            position, source, ..
        } => (position, source),
        ProjectionError::Undecodable(error) => (error.position, error),
        ProjectionError::Panicked { after, message } => {
            (after, format!("it panicked: {message}").into())
        }
        ProjectionError::Unwritable { message, .. } => (
            Position::START,
            format!("a row cannot be written: {message}").into(),
        ),
        ProjectionError::Models(crate::read_model::ReadModelError::Row { message, .. }) => (
            Position::START,
            format!(
                "a row does not fit its type: {message}; raise the version of the projection when its row changes"
            )
            .into(),
        ),
        error => (Position::START, error.into()),
    };
    BrokenRule::new(model, position, source)
}

impl fmt::Debug for InlineProjection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InlineProjection")
            .field(&self.model)
            .finish()
    }
}

/// How many rows, but nothing of them.
impl fmt::Debug for InlineFold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InlineFold")
            .field("model", &self.model)
            .field("rows", &self.fold.keys().len())
            .finish_non_exhaustive()
    }
}
