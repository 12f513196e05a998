//! A server of the machine's `PostgreSQL`, in a temporary folder on a private port.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::NoTls;

/// The folder of the installed versions.
const FOLDERS: &str = "/usr/lib/postgresql";

/// A server, which is stopped when the test program ends.
pub(crate) struct Server {
    pub(crate) port: u16,
    process: Child,
    _folder: TempDir,
}

/// The server of this test program; `None` if the machine has none.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| binaries().map(|folder| Server::start(&folder)));
    if server.is_none() {
        println!("skipped: PostgreSQL is not installed");
    }
    server.as_ref()
}

impl Server {
    /// The connection string of the superuser.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends all connections of this name without a word.
    pub(crate) fn end_connections(&self, application_name: &str) {
        let end =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
        let ended = std::thread::scope(|scope| {
            let end = || {
                runtime().block_on(async {
                    let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await?;
                    tokio::spawn(connection);
                    client.query(end, &[&application_name]).await
                })
            };
            scope.spawn(end).join().unwrap()
        });
        ended.unwrap();
    }

    fn start(binaries: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        if let Some((user, group)) = other_user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
            chown(&data, Some(user), Some(group)).unwrap();
        }
        let made = as_user(&binaries.join("initdb"))
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
            ])
            .arg("--pgdata")
            .arg(&data)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let port = free_port();
        let sockets = folder.path().display().to_string();
        let process = as_user(&binaries.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-k", &sockets])
            .args([
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "max_connections=300",
            ])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let server = Self {
            port,
            process,
            _folder: folder,
        };
        server.wait_until_it_answers();
        server
    }

    fn wait_until_it_answers(&self) {
        let began = Instant::now();
        let url = self.url();
        let answers =
            || runtime().block_on(async { tokio_postgres::connect(&url, NoTls).await.is_ok() });
        while !std::thread::scope(|scope| scope.spawn(answers).join().unwrap()) {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "the server does not answer"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn binaries() -> Option<PathBuf> {
    let folders = fs::read_dir(FOLDERS).ok()?;
    let folders = folders.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders.filter(|bin| bin.join("initdb").exists()).max()
}

/// The user `postgres`, for a test program that runs as root, which the server refuses.
fn other_user() -> Option<(u32, u32)> {
    let is_root =
        fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0);
    if !is_root {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut parts = line.split(':').skip(2);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn as_user(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = other_user() {
        std::os::unix::process::CommandExt::uid(&mut command, user);
        std::os::unix::process::CommandExt::gid(&mut command, group);
    }
    command
}

fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
