//! An inline projection, whose rows change in the transaction of the append.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::event::{EventType, UndecodableEvent};
use crate::panic;
use crate::projection::{
    BoxError, EventProjection, EventRows, Key, Row, TypedRows, read_row, run_step, write_row,
};
use crate::read_model::{Model, ModelFingerprint, RowWrite, Table, TableKeyError};
use crate::store::{BrokenRule, CommitHeader, Filter, Query, StoredEvent};
use crate::values::Position;

/// A projection whose rows change in the transaction of the append, for rules such as "one account per
/// e-mail". The store folds the events of each commit, reads the rows of their keys, and writes the
/// changed ones together with the events. If the projection fails, the commit is refused.
///
/// [Example](crate::engine::inline#example).
#[derive(Clone)]
pub struct InlineProjection {
    model: Model,
    events: &'static [&'static [EventType]],
    rows: fn() -> Box<dyn EventRows>,
}

impl InlineProjection {
    /// The projection `P`.
    #[must_use]
    pub fn of<P: EventProjection>() -> Self {
        Self {
            model: Model::new(P::NAME, P::VERSION, vec![Table::of::<P>()])
                .fingerprint(ModelFingerprint::of::<P>()),
            events: P::EVENTS,
            rows: || Box::new(TypedRows::<P>::new()),
        }
    }

    /// The read model, which has one table.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The table of the rows.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.model.tables[0]
    }

    /// The query for its events.
    #[must_use]
    pub fn query(&self) -> Query {
        let names = self.events.iter().copied().flatten();
        let names = names.flat_map(EventType::names);
        names.fold(Filter::new(), Filter::name).into()
    }

    /// Whether it projects events of this name.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        let mut events = self.events.iter().flat_map(|set| set.iter());
        events.any(|of| of.is_stored_as(name))
    }

    /// Decodes the events of one commit, in their order. The projection does not see their positions,
    /// which are not known before they are stored.
    ///
    /// # Errors
    ///
    /// [`BrokenRule`] if an event cannot be decoded, or the projection panicked.
    pub fn fold<'e>(
        &self,
        events: impl IntoIterator<Item = StoredEvent<'e>>,
    ) -> Result<InlineFold, BrokenRule> {
        let fold =
            guarded(|| CommitFold::new((self.rows)(), self.table(), &mut events.into_iter()));
        fold.map(|fold| InlineFold {
            model: self.model.clone(),
            fold,
        })
        .map_err(|failure| failure.into_refusal(&self.model))
    }
}

/// The decoded events of a commit, before the rows are read.
///
/// [Example](crate::engine::inline#example).
pub struct InlineFold {
    model: Model,
    fold: CommitFold,
}

impl InlineFold {
    /// The keys of the rows that the events touch, each once.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.fold.keys
    }

    /// Folds the events into the rows of [the keys](Self::keys), and returns the changed ones.
    ///
    /// # Errors
    ///
    /// [`BrokenRule`] if the projection returned an error, or a row cannot be read or written.
    pub fn finish(self, rows: Vec<Option<Arc<str>>>) -> Result<Vec<RowWrite>, BrokenRule> {
        let Self { model, mut fold } = self;
        guarded(|| fold.finish(rows)).map_err(|failure| failure.into_refusal(&model))
    }
}

/// The fold of one commit. It knows no type of the user, so that it is compiled once and not for each
/// projection.
struct CommitFold {
    rows: Box<dyn EventRows>,
    /// The key of each row, in the order of their first steps.
    keys: Vec<Key>,
    /// The number of a step and that of a row, in the order of the steps.
    placed: Vec<(usize, usize)>,
}

/// A row without its value.
struct RowState {
    exists: bool,
    stored: Option<Arc<str>>,
}

impl CommitFold {
    fn new(
        mut rows: Box<dyn EventRows>,
        table: &Table,
        events: &mut dyn Iterator<Item = StoredEvent<'_>>,
    ) -> Result<Self, Failure> {
        let mut headers = Headers::default();
        for (input, event) in events.enumerate() {
            read(input, event, &mut headers, &mut *rows)?;
        }
        for (_, _, keys) in rows.steps().iter() {
            keys.iter().try_for_each(|key| table.check_key(key))?;
        }
        Ok(Self::with_rows(rows))
    }

    fn with_rows(rows: Box<dyn EventRows>) -> Self {
        let (mut keys, mut numbers) = (Vec::new(), HashMap::new());
        let mut placed = Vec::new();
        for (step, _, of_step) in rows.steps().iter() {
            placed.extend(of_step.iter().map(|key| {
                let row = *numbers.entry(key.clone()).or_insert_with(|| {
                    keys.push(key.clone());
                    keys.len() - 1
                });
                (step, row)
            }));
        }
        Self { rows, keys, placed }
    }

    /// See [`InlineFold::finish`].
    fn finish(&mut self, stored: Vec<Option<Arc<str>>>) -> Result<Vec<RowWrite>, Failure> {
        let mut states = self.read(stored)?;
        self.run(&mut states)?;
        let mut changed = Vec::with_capacity(states.len());
        for (number, (key, state)) in self.keys.iter().zip(states).enumerate() {
            let row = if state.exists {
                let json = write_row(&*self.rows, number);
                Some(json.map_err(|message| Failure::unwritable(&message))?)
            } else {
                None
            };
            if row != state.stored {
                let key = key.clone();
                changed.push(RowWrite { table: 0, key, row });
            }
        }
        Ok(changed)
    }

    fn read(&mut self, stored: Vec<Option<Arc<str>>>) -> Result<Vec<RowState>, Failure> {
        self.rows.extend_to(self.keys.len());
        let mut states = Vec::with_capacity(self.keys.len());
        for (number, stored) in stored.into_iter().take(self.keys.len()).enumerate() {
            if let Some(json) = &stored {
                let read = read_row(&mut *self.rows, number, json);
                read.map_err(|message| Failure::unreadable(&message))?;
            }
            let exists = stored.is_some();
            states.push(RowState { exists, stored });
        }
        Ok(states)
    }

    fn run(&mut self, states: &mut [RowState]) -> Result<(), Failure> {
        for &(step, row) in &self.placed {
            let run = run_step(&mut *self.rows, step, &self.keys[row], row);
            let at = self.rows.steps().step(step).at;
            let run = run.map_err(|source| Failure::new(at, source))?;
            states[row].exists = run == Row::Keep;
            if !states[row].exists {
                self.rows.set_default(row);
            }
        }
        Ok(())
    }
}

/// Reads the steps of an event. Only an error has its position.
fn read(
    input: usize,
    event: StoredEvent<'_>,
    headers: &mut Headers,
    rows: &mut dyn EventRows,
) -> Result<(), Failure> {
    let header = headers.without_position(event.commit);
    let unplaced = StoredEvent {
        position: Position::START,
        commit: &header,
        ..event
    };
    rows.begin_input(input, event.position);
    let read = rows.read_event(&unplaced);
    read.map_err(|source| Failure::new(event.position, UndecodableEvent::new(&event, source)))
}

/// The last header, which is often also that of the next event.
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
                let mut hidden = CommitHeader::clone(header);
                hidden.first = Position::START;
                let hidden = Arc::new(hidden);
                self.0 = Some((header.first, Arc::clone(&hidden)));
                hidden
            }
        }
    }
}

/// The reason why a commit is refused. It leaves out the key, which can be personal data such as an e-mail
/// address.
struct Failure {
    position: Position,
    source: BoxError,
}

impl Failure {
    fn new(position: Position, source: impl Into<BoxError>) -> Self {
        let source = source.into();
        Self { position, source }
    }

    fn unreadable(message: &str) -> Self {
        let message = format!(
            "a row does not fit its type: {message}; raise the version of the projection when its \
            row changes"
        );
        Self::new(Position::START, message)
    }

    fn unwritable(message: &str) -> Self {
        let message = format!("a row cannot be written: {message}");
        Self::new(Position::START, message)
    }

    fn into_refusal(self, model: &Model) -> BrokenRule {
        BrokenRule::new(model.to_string(), self.position, self.source)
    }
}

impl From<TableKeyError> for Failure {
    fn from(error: TableKeyError) -> Self {
        Self::new(Position::START, error)
    }
}

fn guarded<T>(call: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    panic::caught(call).unwrap_or_else(|message| {
        let message = format!("it panicked: {message}");
        Err(Failure::new(Position::START, message))
    })
}

impl fmt::Debug for InlineProjection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InlineProjection")
            .field(&self.model)
            .finish()
    }
}

/// Shows the number of rows, and no data.
impl fmt::Debug for InlineFold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InlineFold")
            .field("model", &self.model.to_string())
            .field("rows", &self.fold.keys.len())
            .finish_non_exhaustive()
    }
}
