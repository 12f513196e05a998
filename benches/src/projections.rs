//! Read models.

mod beside;
mod followed;
mod latency;
mod reactor;
mod rebuild;

use crate::harness::Workload;

pub(crate) fn workloads(events: u32) -> Vec<Workload> {
    let families = [
        rebuild::workloads(events),
        reactor::workloads(),
        latency::workloads(),
        beside::workloads(),
    ];
    families.into_iter().flatten().collect()
}
