//! The process that is killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use eventsource_crash_tests::Told;

/// So long nothing that works takes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The command that starts the process in one of its roles on a store.
pub(crate) fn command(role: &str, store: &Path, arguments: &[u64]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_worker"));
    command.arg(role).arg(store);
    command.args(arguments.iter().map(u64::to_string));
    command
}

/// A process that is killed at the latest when this is dropped.
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

    /// Waits for the next line; `None` if there is none any more.
    pub(crate) fn line(&self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the process says nothing any more"),
        }
    }

    /// The last of the lines that came since.
    pub(crate) fn last_line(&self) -> Option<String> {
        self.lines.try_iter().last()
    }

    /// The lines that came since.
    pub(crate) fn lines_so_far(&self) -> impl Iterator<Item = String> {
        self.lines.try_iter()
    }

    /// Sends the process a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}: {sent}");
    }

    /// Kills the process, and hears what it told before.
    pub(crate) fn kill(mut self, told: &mut Told) {
        self.child.kill().unwrap();
        self.hear_all(told);
        self.child.wait().unwrap();
    }

    /// Waits for the end of the process, and hears what it told.
    pub(crate) fn finish(mut self, told: &mut Told) -> ExitStatus {
        self.hear_all(told);
        self.child.wait().unwrap()
    }

    /// Hears so many lines and then for so long, to end anywhere between two of them.
    pub(crate) fn hear(&self, lines: usize, time: Duration, told: &mut Told) {
        for _ in 0..lines {
            told.hear(&self.line().expect("the process goes on for ever"));
        }
        let end = Instant::now() + time;
        while let Ok(line) = self
            .lines
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            told.hear(&line);
        }
    }

    fn hear_all(&self, told: &mut Told) {
        while let Some(line) = self.line() {
            told.hear(&line);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
