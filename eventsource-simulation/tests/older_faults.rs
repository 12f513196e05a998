//! Counts the seeds that find a fault that was put into the code.

mod shop;

use std::collections::BTreeMap;

/// `scripts/large older-faults` runs it on code that lacks a repair.
#[test]
#[ignore = "the code has to have a fault"]
fn some_seeds_find_the_fault() {
    let failures = shop::simulation().seeds(0..300).failures();
    let mut checks = BTreeMap::<&str, u32>::new();
    for (seed, check, message) in &failures {
        println!("seed {seed}, {check}: {message}");
        *checks.entry(check).or_default() += 1;
    }
    let checks = checks
        .iter()
        .map(|(check, count)| format!("`{check}` {count}"));
    let checks: Vec<String> = checks.collect();
    println!("found: {} | {}", failures.len(), checks.join(", "));
    assert!(!failures.is_empty(), "no seed finds a fault");
}
