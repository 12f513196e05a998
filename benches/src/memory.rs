//! Measures the memory that reads need, in a process of its own. In a process with other work before,
//! freed memory would hide it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Result;
use crate::harness::{Cost, Sides};
use crate::read;

/// A store that is read by other processes.
pub(crate) struct Memory {
    _directory: TempDir,
    path: PathBuf,
}

impl Memory {
    pub(crate) const fn new(directory: TempDir, path: PathBuf) -> Self {
        Self {
            _directory: directory,
            path,
        }
    }
}

impl Sides for Memory {
    fn ours(&mut self) -> Result<Cost> {
        let mut reader = Command::new(std::env::current_exe()?);
        let read = reader.arg("--read-for-memory").arg(&self.path).output()?;
        if !read.status.success() {
            return Err(String::from_utf8_lossy(&read.stderr).into());
        }
        Ok(Cost::of(String::from_utf8(read.stdout)?.trim().parse()?))
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        Ok(None)
    }
}

/// Reads a store and returns the growth of the peak memory of this process, in MiB.
pub(crate) fn growth_of_reading(path: &Path) -> Result<f64> {
    let before = peak_kib()?;
    let totals = read::read(path)?;
    let growth = peak_kib()? - before;
    if totals.events == 0 {
        return Err("the store is empty".into());
    }
    Ok(growth / 1024.0)
}

/// The peak of this process, where the system tells.
fn peak_kib() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    Ok(kib.ok_or("the system does not tell VmHWM")?.parse()?)
}
