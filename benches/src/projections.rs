//! Read models.

mod beside;
mod latency;
mod rebuild;

use crate::harness::Workload;

pub(crate) fn workloads(events: u32) -> Vec<Workload> {
    let families = [
        rebuild::workloads(events),
        latency::workloads(),
        beside::workloads(),
    ];
    families.into_iter().flatten().collect()
}
