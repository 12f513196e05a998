//! Ctrl-C, which ends a command cleanly.

use std::process::ExitCode;

use crate::Result;

/// A command was interrupted by Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("interrupted; what is stored so far is kept, and the next run goes on there")]
struct Interrupted;

/// Runs a command until it ends or Ctrl-C is pressed. The store can be closed afterwards.
pub(crate) async fn unless_interrupted<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        // First, so that Ctrl-C is waited for before the command begins.
        biased;
        Ok(()) = tokio::signal::ctrl_c() => Err(Interrupted.into()),
        done = command => done,
    }
}

/// The exit code of a failed command: that of shells for one that Ctrl-C ended, or 1.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    if error.is::<Interrupted>() {
        ExitCode::from(130)
    } else {
        ExitCode::FAILURE
    }
}
