//! An import that is killed several times, and continues each time.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use std::{env, fs};

const KILLS: u32 = 20;
/// The number of times that the sample is repeated, with other numbers for its baskets: enough that all
/// kills happen before the end.
const REPEATS: u64 = if cfg!(debug_assertions) { 25 } else { 250 };

/// The output of `retail` for the repeated sample: sums are multiplied, and counts of distinct values are
/// unchanged.
fn totals() -> [(&'static str, String); 10] {
    let sum = |of_sample: u64| (of_sample * REPEATS).to_string();
    [
        ("lines", sum(3_865)),
        ("baskets", sum(400)),
        ("households", "325".to_owned()),
        ("products", "2706".to_owned()),
        ("stores", "109".to_owned()),
        ("quantity", sum(154_140)),
        ("sales, cents", sum(1_080_660)),
        ("coupons, cents", sum(3_154)),
        ("first", "2017-01-01T11:53:26.000000Z".to_owned()),
        ("last", "2017-01-02T13:20:21.000000Z".to_owned()),
    ]
}

#[test]
fn twenty_kills_leave_the_totals_as_they_have_to_be() {
    let seed = seed();
    let folder = tempfile::tempdir().unwrap();
    let (data, store) = (
        folder.path().join("data.csv"),
        folder.path().join("store.db"),
    );
    write_repeated_sample(&data);
    for kill in 0..KILLS {
        let mut running = retail(&data, &store).spawn().unwrap();
        sleep(Duration::from_micros(moment(seed, kill)));
        let ended = running.try_wait().unwrap();
        assert!(ended.is_none(), "kill {kill} came too late");
        running.kill().unwrap();
        running.wait().unwrap();
    }
    let output = retail(&data, &store).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    assert!(is_right(&output), "{output}");
    assert!(known(&output) > 0, "no kill came after a basket: {output}");
}

/// The control: of the sample by itself the totals are others.
#[test]
fn other_totals_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let output = retail(&sample(), &folder.path().join("store.db")).output();
    let output = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(output.contains("baskets"), "{output}");
    assert!(!is_right(&output), "{output}");
}

fn is_right(output: &str) -> bool {
    let expected = totals().map(|(what, total)| format!("{what:<18}{total:>12}"));
    output.lines().take(expected.len()).eq(expected)
}

/// The seed from which the moments are drawn; `CRASH_SEED` draws them again.
fn seed() -> u64 {
    let new = || RandomState::new().hash_one(()) >> 32;
    let seed = env::var("CRASH_SEED").map_or_else(|_| new(), |seed| seed.parse().unwrap());
    println!("run again with CRASH_SEED={seed}");
    seed
}

/// After how many microseconds a kill comes: later and later, since what was imported before is
/// passed over again.
fn moment(seed: u64, kill: u32) -> u64 {
    let mut random = DefaultHasher::new();
    (seed, kill).hash(&mut random);
    random.finish() % (40_000 + 30_000 * u64::from(kill))
}

fn retail(data: &Path, store: &Path) -> Command {
    let mut retail = Command::new(env!("CARGO_BIN_EXE_retail"));
    retail.arg(data).arg("--store").arg(store);
    retail.stdout(Stdio::piped());
    retail
}

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/retail-sample.csv")
}

fn write_repeated_sample(data: &Path) {
    let sample = fs::read_to_string(sample()).unwrap();
    let (header, rows) = sample.split_once('\n').unwrap();
    let mut repeated = vec![header.to_owned()];
    for repeat in 0..REPEATS {
        for row in rows.lines() {
            let (basket, rest) = row.split_once(',').unwrap();
            let basket = basket.parse::<u64>().unwrap() + repeat * 1_000_000_000_000;
            repeated.push(format!("{basket},{rest}"));
        }
    }
    fs::write(data, repeated.join("\n")).unwrap();
}

/// How many baskets the last run found.
fn known(output: &str) -> u64 {
    let line = output
        .lines()
        .find(|line| line.contains("were there already"));
    let words = line.and_then(|line| line.split(", ").nth(1));
    words
        .and_then(|words| words.split(' ').next()?.parse().ok())
        .unwrap_or_else(|| panic!("{output}"))
}
