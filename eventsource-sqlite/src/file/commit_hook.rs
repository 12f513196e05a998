//! A stop between the last statement of a transaction and its COMMIT, for the conformance suites.

use std::fmt;
use std::sync::{Mutex, PoisonError};

type Hook = Box<dyn FnOnce() + Send>;

/// Runs once, before the next COMMIT of the thread that writes.
#[derive(Default)]
pub(crate) struct CommitHook(Mutex<Option<Hook>>);

impl CommitHook {
    pub(crate) fn set(&self, hook: Hook) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(hook);
    }

    pub(crate) fn run(&self) {
        let hook = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(hook) = hook {
            hook();
        }
    }
}

impl fmt::Debug for CommitHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitHook").finish_non_exhaustive()
    }
}
