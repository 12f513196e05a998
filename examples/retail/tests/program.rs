//! The program, where something is not as it should be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/retail-sample.csv")
}

fn retail(folder: &Path, arguments: &[&str]) -> Output {
    let mut retail = Command::new(env!("CARGO_BIN_EXE_retail"));
    retail.current_dir(folder).args(arguments).output().unwrap()
}

/// The only line that a command prints when it fails.
fn failure(output: Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let printed = String::from_utf8(output.stderr).unwrap();
    assert_eq!(printed.lines().count(), 1, "{printed}");
    printed.trim_end().to_owned()
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_command_that_reads_makes_no_store_and_says_how_one_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 5] = [
        &["query", "household", "1"],
        &["query", "product", "1"],
        &["query", "together", "1"],
        &["models"],
        &["rebuild"],
    ];
    for command in commands {
        let printed = failure(retail(folder.path(), command));
        let expected = "there is no store in retail.db; \
            `retail --store retail.db` imports the sample into one";
        assert_eq!(printed, expected, "{command:?}");
        assert_eq!(files(folder.path()), 0, "{command:?}");
    }
    // Neither is an empty file taken for one.
    let empty = folder.path().join("retail.db");
    fs::write(&empty, "").unwrap();
    failure(retail(folder.path(), commands[0]));
    assert_eq!(fs::metadata(empty).unwrap().len(), 0);
}

#[test]
fn a_query_of_a_model_that_is_not_built_says_how_it_is_built() {
    let folder = tempfile::tempdir().unwrap();
    assert!(retail(folder.path(), &[]).status.success());
    let query = ["query", "household", "900"];
    let printed = failure(retail(folder.path(), &query));
    let expected = "`households` is not built yet; `retail models` builds it";
    assert_eq!(printed, expected);
    assert!(retail(folder.path(), &["models"]).status.success());
    assert!(retail(folder.path(), &query).status.success());
}

#[test]
fn a_file_that_is_not_there_or_malformed_is_named_and_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let printed = failure(retail(folder.path(), &["none.csv"]));
    assert!(
        printed.starts_with("none.csv cannot be read: "),
        "{printed}"
    );
    fs::write(folder.path().join("other.csv"), "a,b\n1,2\n").unwrap();
    let printed = failure(retail(folder.path(), &["other.csv"]));
    assert!(printed.starts_with("other.csv, line 1: "), "{printed}");
    let printed = failure(retail(folder.path(), &["."]));
    assert!(printed.contains("cannot be read"), "{printed}");
    assert_eq!(files(folder.path()), 1);
}

/// A pipe gets what is asked for, and no progress.
#[test]
fn no_bar_is_in_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        &[][..],
        &["models"],
        &["rebuild"],
        &["query", "product", "5"],
    ] {
        let output = retail(folder.path(), command);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(output.stderr, b"", "{command:?}");
        let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\n';
        assert!(!output.stdout.iter().any(is_control), "{output:?}");
        assert!(output.stdout.ends_with(b"\n"), "{output:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_import_that_is_interrupted_closes_its_store_and_goes_on_in_the_next_run() {
    use std::process::Stdio;
    use std::thread::sleep;
    use std::time::Duration;

    let folder = tempfile::tempdir().unwrap();
    write_many_baskets(&folder.path().join("many.csv"));
    let mut running = Command::new(env!("CARGO_BIN_EXE_retail"));
    running.current_dir(&folder).arg("many.csv");
    let running = running.stdout(Stdio::piped()).stderr(Stdio::piped());
    let running = running.spawn().unwrap();
    // More than the tables of a new store.
    let log = folder.path().join("retail.db-wal");
    while !fs::metadata(&log).is_ok_and(|log| log.len() > 1_000_000) {
        sleep(Duration::from_millis(5));
    }
    let kill = ["-INT", &running.id().to_string()].map(str::to_owned);
    assert!(Command::new("kill").args(kill).status().unwrap().success());
    let output = running.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let printed = String::from_utf8(output.stderr).unwrap();
    let expected = "interrupted; what is stored so far is kept, and the next run goes on there\n";
    assert_eq!(printed, expected);
    assert_eq!(files(folder.path()), 2, "the store is one file");

    let output = retail(folder.path(), &["many.csv"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    let total = printed.lines().find(|line| line.starts_with("baskets "));
    assert!(total.is_some_and(|it| it.ends_with(" 10000")), "{printed}");
    assert!(!printed.contains(" 0 were there already"), "{printed}");
}

/// The sample 25 times, with other numbers for its baskets.
fn write_many_baskets(file: &Path) {
    let sample = fs::read_to_string(sample()).unwrap();
    let (header, rows) = sample.split_once('\n').unwrap();
    let mut many = vec![header.to_owned()];
    for time in 0..25_u64 {
        for row in rows.lines() {
            let (basket, rest) = row.split_once(',').unwrap();
            let basket = basket.parse::<u64>().unwrap() + time * 1_000_000_000_000;
            many.push(format!("{basket},{rest}"));
        }
    }
    fs::write(file, many.join("\n")).unwrap();
}
