//! How a case runs.

/// Runs one case, with two threads: what the macros call.
///
/// # Panics
///
/// When the case fails.
pub fn run(case: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts").block_on(case);
}
