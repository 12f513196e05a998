//! Recording what a process asks of the system, and making that fail.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whatever changes a file, its name or what of it is on the disk.
const CALLS: &str = "openat,pwrite64,pwritev,write,writev,ftruncate,fallocate,fsync,fdatasync,\
    sync_file_range,unlink,unlinkat,rename,renameat,renameat2";

/// Whether processes can be traced here; says so if they cannot.
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

/// The same command, recorded into `record`; `inject` is how a call is to fail, as in
/// `fsync:error=EIO:when=3`, which counts the calls of each thread.
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
