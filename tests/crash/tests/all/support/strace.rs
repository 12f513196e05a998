//! Records the system calls of a process, and makes some of them fail.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// The calls that change a file, its name or its durability.
const CALLS: &str = "openat,pwrite64,pwritev,write,writev,ftruncate,fallocate,fsync,fdatasync,\
    sync_file_range,unlink,unlinkat,rename,renameat,renameat2";

/// Whether processes can be traced here; prints a line if they cannot.
pub(crate) fn can_trace() -> bool {
    let traced = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .stderr(Stdio::null())
        .status();
    let can = traced.is_ok_and(|status| status.success());
    if !can {
        println!("skipped: there is no strace, or it is not allowed to trace");
    }
    can
}

/// Wraps a command in strace, which writes to `record`. `inject` is a fault, such as
/// `fsync:error=EIO:when=3`; strace counts the calls of each thread.
pub(crate) fn traced(command: &Command, record: &Path, inject: Option<&str>) -> Command {
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-y", "-xx", "-s", "1000000", "--seccomp-bpf", "-o"])
        .arg(record);
    strace.arg("-e").arg(format!("trace={CALLS}"));
    if let Some(inject) = inject {
        strace.arg("-e").arg(format!("inject={inject}"));
    }
    let arguments: Vec<&OsStr> = command.get_args().collect();
    strace.arg(command.get_program()).args(arguments);
    strace
}
