//! Acknowledges commits without a sync, which no store may do. The checks have to detect it.

use eventsource_crash_tests::{commit, print_line, stored};
use rusqlite::Connection;

pub(crate) fn run(path: &str, commits: u64) {
    let connection = Connection::open(path).expect("the file can be written");
    let prepare = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
        CREATE TABLE commits (id TEXT NOT NULL)";
    connection.execute_batch(prepare).expect("it is a new file");
    for number in 0..commits {
        let id = commit(0, number).id;
        connection
            .execute("INSERT INTO commits (id) VALUES (?1)", [id.to_string()])
            .expect("it is stored somewhere");
        print_line(&stored(id, number + 1));
    }
}
