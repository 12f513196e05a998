//! The worker process that the tests kill.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use eventsource_crash_tests::Report;

/// The time after which a test fails instead of waiting on.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Builds the command that starts the process in a role on a store.
pub(crate) fn command(role: &str, store: &Path, arguments: &[u64]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_worker"));
    command.arg(role).arg(store);
    command.args(arguments.iter().map(u64::to_string));
    command
}

/// A running process; dropping it kills the process.
pub(crate) struct Worker {
    child: Child,
    lines: Receiver<String>,
}

impl Worker {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let (send, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            let lines = out.lines().map_while(Result::ok);
            lines.map_while(|line| send.send(line).ok()).count()
        });
        Self { child, lines }
    }

    /// Waits for the next line; `None` at the end of the output.
    pub(crate) fn line(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the process prints nothing any more"),
        }
    }

    /// Takes the lines printed since the last call and returns the last of them.
    pub(crate) fn last_line(&self) -> Option<String> {
        self.lines.try_iter().last()
    }

    /// Takes the lines printed since the last call.
    pub(crate) fn lines_so_far(&self) -> impl Iterator<Item = String> {
        self.lines.try_iter()
    }

    /// Sends the process a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}: {sent}");
    }

    /// Kills the process and adds the rest of its output to the report.
    pub(crate) fn kill(mut self, report: &mut Report) {
        self.child.kill().unwrap();
        self.read_to_end(report);
        self.child.wait().unwrap();
    }

    /// Waits for the end of the process and adds its output to the report.
    pub(crate) fn finish(mut self, report: &mut Report) -> ExitStatus {
        self.read_to_end(report);
        self.child.wait().unwrap()
    }

    /// Reads this number of lines and then for this time, so that it ends anywhere between two lines.
    pub(crate) fn read_lines(&self, lines: usize, time: Duration, report: &mut Report) {
        for _ in 0..lines {
            report.add_line(&self.line().expect("the process does not end"));
        }
        let end = Instant::now() + time;
        while let Ok(line) = self
            .lines
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            report.add_line(&line);
        }
    }

    fn read_to_end(&self, report: &mut Report) {
        while let Some(line) = self.line() {
            report.add_line(&line);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
