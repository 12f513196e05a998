//! States that are kept.

mod keep;
mod load;
mod stock;

use crate::harness::Workload;

pub(crate) fn workloads() -> Vec<Workload> {
    [load::workloads(), keep::workloads()]
        .into_iter()
        .flatten()
        .collect()
}
