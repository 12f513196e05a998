//! What every command has in common.

use eventsource_core::store::ReadStream;
use eventsource_core::{Aggregate, ExecuteError, Id, IntoEvents, Receipt, Repository};
use serde::Serialize;

use super::problem::Problem;
use super::request::{Asked, Once};

/// Under which the metadata of a commit keeps what it was that the caller asked for.
const FINGERPRINT: &str = "fingerprint";

/// Decides, if it is not a request that comes again under its `Idempotency-Key`: that one gets the
/// receipt of the first time, whatever happened since.
pub(super) async fn carry_out<A: Aggregate, E: IntoEvents<A::Event>, R: Send>(
    aggregates: &Repository<A>,
    id: Id<A>,
    asked: Asked,
    command: &impl Serialize,
    decide: impl FnMut(&A) -> Result<E, R> + Send,
) -> Result<Receipt, Problem>
where
    Problem: From<ExecuteError<R>>,
{
    let once = asked.once(id, command)?;
    let mut metadata = asked.metadata;
    let mut execute = aggregates.execute(id, decide);
    if let Some(once) = &once {
        metadata = metadata.entry(FINGERPRINT, &once.fingerprint);
        execute = execute.commit_id(once.commit_id);
    }
    if let Some(revision) = asked.expected {
        execute = execute.expecting(revision);
    }
    let receipt = match execute.metadata(metadata).await {
        Err(ExecuteError::Conflict(_)) if asked.expected.is_some() => {
            return Err(Problem::stale());
        }
        receipt => receipt?,
    };
    if let (Some(once), true) = (once, receipt.repeated) {
        check_same(aggregates, id, &once, &receipt).await?;
    }
    Ok(receipt)
}

/// The store says that this key was used before; the metadata of the commit says for what.
async fn check_same<A: Aggregate>(
    aggregates: &Repository<A>,
    id: Id<A>,
    once: &Once,
    receipt: &Receipt,
) -> Result<(), Problem> {
    let behind = receipt.revision().version().saturating_add(1);
    let read = ReadStream::backward(aggregates.stream(id), behind);
    let read = read.limit(1).with_metadata();
    let page = aggregates.store().read_stream(read).await?;
    let last = page.events().next();
    let entry = last.and_then(|event| event.commit.metadata().entries.get(FINGERPRINT));
    match entry {
        Some(first) if *first == once.fingerprint => Ok(()),
        _ => Err(Problem::key_reused()),
    }
}
