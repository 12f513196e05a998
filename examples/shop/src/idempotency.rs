//! Commands that are executed once, even if they are sent several times.

use eventsource_core::store::ReadStream;
use eventsource_core::{Aggregate, ExecuteError, Id, IntoEvents, Receipt, Repository};
use serde::Serialize;

use super::problem::Problem;
use super::request::{CommandHeaders, IdempotentRequest};

/// The metadata entry of a commit with the fingerprint of its request.
const FINGERPRINT: &str = "fingerprint";

/// Executes a command. A request that is repeated under its `Idempotency-Key` is not decided again: it
/// gets the receipt of the first execution.
pub(super) async fn execute_once<A: Aggregate, E: IntoEvents<A::Event>, R: Send>(
    aggregates: &Repository<A>,
    id: Id<A>,
    headers: CommandHeaders,
    command: &impl Serialize,
    decide: impl FnMut(&A) -> Result<E, R> + Send,
) -> Result<Receipt, Problem>
where
    Problem: From<ExecuteError<R>>,
{
    let request = headers.idempotent_request(id, command)?;
    let mut metadata = headers.metadata;
    let mut execute = aggregates.execute(id, decide);
    if let Some(request) = &request {
        metadata = metadata.entry(FINGERPRINT, &request.fingerprint);
        execute = execute.commit_id(request.commit_id);
    }
    if let Some(revision) = headers.expected {
        execute = execute.expecting(revision);
    }
    let receipt = match execute.metadata(metadata).await {
        Err(ExecuteError::Conflict(_)) if headers.expected.is_some() => {
            return Err(Problem::stale());
        }
        receipt => receipt?,
    };
    if let (Some(request), true) = (request, receipt.repeated) {
        check_same(aggregates, id, &request, &receipt).await?;
    }
    Ok(receipt)
}

/// Checks that a repeated key belongs to the same request, by the metadata of the first commit.
async fn check_same<A: Aggregate>(
    aggregates: &Repository<A>,
    id: Id<A>,
    request: &IdempotentRequest,
    receipt: &Receipt,
) -> Result<(), Problem> {
    let behind = receipt.revision().version().saturating_add(1);
    let read = ReadStream::backward(aggregates.stream(id), behind);
    let read = read.limit(1).with_metadata();
    let page = aggregates.store().read_stream(read).await?;
    let last = page.events().next();
    let entry = last.and_then(|event| event.commit.metadata().entries.get(FINGERPRINT));
    match entry {
        Some(first) if *first == request.fingerprint => Ok(()),
        _ => Err(Problem::key_reused()),
    }
}
