//! Describes the machine of the measurement.

use std::io::{Seek, Write};
use std::thread::available_parallelism;
use std::time::Instant;

use crate::Result;
use crate::harness::median;

/// CPUs, `SQLite`, and what it costs to make something durable, without which no rate of durable
/// commits means anything.
pub(crate) fn describe() -> Result<String> {
    Ok(format!(
        "{} CPUs, SQLite {}, {:.0} µs to write 4 KiB and fdatasync",
        available_parallelism()?,
        rusqlite::version(),
        sync_micros()?
    ))
}

/// The median of 200, in a file that keeps its size, as a write-ahead log mostly does.
fn sync_micros() -> Result<f64> {
    let mut file = tempfile::NamedTempFile::new()?.into_file();
    let mut took = Vec::new();
    for _ in 0..=200 {
        file.rewind()?;
        let start = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        took.push(start.elapsed().as_secs_f64() * 1e6);
    }
    // The first one allocated the file.
    Ok(median(&took[1..]))
}
