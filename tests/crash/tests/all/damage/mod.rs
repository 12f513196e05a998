//! Bits flip and files are truncated; every later read returns the stored data or an error.
//!
//! Damage and the operations that detect it:
//!
//! | damage | detected by |
//! |---|---|
//! | an event: position, version, name, schema, codec, payload, tags | every read |
//! | an event missing before the last one | every read of all events or of its stream |
//! | events missing at the end of the main file | reads of their streams, `verify` |
//! | the name of a stream, the id, metadata or digest of a commit | `verify` |
//! | an index: streams that seem empty, or seem to be another; tags that find too little | `verify` |
//! | the log, from the first damaged record on | nothing: the same as an earlier power cut |
//! | the time of a commit; the id of the store | nothing |

mod damaged_files;
mod inspection;
mod store_files;

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::{fs, thread};

use eventsource_core::store::StoreErrorKind;
use fastrand::Rng;

use crate::support::worker::PATIENCE;
use crate::support::{block_on, fast_folder, seeds};
use damaged_files::DamagedFiles;
use inspection::Inspection;
use store_files::StoreFiles;

#[test]
fn damage_to_the_main_file_is_noticed_as_promised() {
    let stored = [
        Arc::new(StoreFiles::closed()),
        Arc::new(StoreFiles::at_work()),
    ];
    let (mut refused, mut noticed) = (Mutex::new(0), Mutex::new(0));
    let seeds = seeds::seeds("damage to the main file", 600);
    let failures = seeds::failures(&seeds, |seed| {
        let mut random = Rng::with_seed(seed);
        let stored = &stored[random.usize(..stored.len())];
        match inspect(stored, DamagedFiles::main(stored, &mut random))? {
            Inspection::Refused(_) => *refused.lock().unwrap() += 1,
            Inspection::Opened(opened) => {
                *noticed.lock().unwrap() += u32::from(opened.verified.is_err());
                opened.check(stored)?;
            }
        }
        Ok(())
    });
    assert!(failures.is_empty(), "{}: {:?}", failures.len(), failures[0]);
    let counts = (*refused.get_mut().unwrap(), *noticed.get_mut().unwrap());
    println!("of 600, (not opened, noticed later) are {counts:?}");
    let is_harmful = counts.0 > 50 && counts.1 > 50;
    assert!(
        seeds::is_repeated() || is_harmful,
        "the damage does nothing"
    );
}

#[test]
fn damage_to_the_log_leaves_what_was_written_before_it() {
    let stored = Arc::new(StoreFiles::at_work());
    let shorter = Mutex::new(0);
    let seeds = seeds::seeds("damage to the log", 200);
    let failures = seeds::failures(&seeds, |seed| {
        let damaged = DamagedFiles::log(&stored, &mut Rng::with_seed(seed));
        let Inspection::Opened(opened) = inspect(&stored, damaged)? else {
            return Err("a store whose main file is whole is opened".to_owned());
        };
        let length = opened.check_prefix(&stored)?;
        *shorter.lock().unwrap() += u32::from(length < stored.history.len());
        Ok(())
    });
    assert!(failures.is_empty(), "{}: {:?}", failures.len(), failures[0]);
    let is_harmful = shorter.into_inner().unwrap() > 0;
    assert!(
        seeds::is_repeated() || is_harmful,
        "the damage does nothing"
    );
}

/// A row of tags has no second copy in the file, so only `verify` can detect a change.
#[test]
fn a_tag_that_no_longer_finds_its_event_is_noticed() {
    let stored = Arc::new(StoreFiles::closed());
    let seeds = seeds::seeds("damage to tags", 150);
    let failures = seeds::failures(&seeds, |seed| {
        let damaged = DamagedFiles::tag(&stored, &mut Rng::with_seed(seed));
        match inspect(&stored, damaged)? {
            Inspection::Refused(error) => Err(format!("{error:?}")),
            Inspection::Opened(opened) => opened.check(&stored),
        }
    });
    assert!(failures.is_empty(), "{}: {:?}", failures.len(), failures[0]);
}

/// The control: each check meets a store that holds something else.
#[test]
fn another_history_is_not_taken_for_the_stored_one() {
    let mut stored = StoreFiles::closed();
    let files = DamagedFiles {
        main: stored.main.clone(),
        log: None,
    };
    let as_it_is = inspect(&Arc::new(stored.clone()), files.clone()).unwrap();
    let Inspection::Opened(opened) = as_it_is else {
        panic!("nothing is wrong with it");
    };
    assert_eq!(opened.check(&stored), Ok(()));
    assert_eq!(opened.check_prefix(&stored), Ok(stored.history.len()));

    let missing = stored.history.pop();
    assert!(opened.check(&stored).is_err() && opened.check_prefix(&stored).is_err());
    stored.history.extend(missing);
    stored.history[7].events[0].event.name = "cart.emptied".into();
    assert!(opened.check(&stored).is_err() && opened.check_prefix(&stored).is_err());
}

/// Inspects a damaged store; fails if the inspection panics or hangs.
fn inspect(stored: &Arc<StoreFiles>, damaged: DamagedFiles) -> Result<Inspection, String> {
    let folder = fast_folder();
    let path = folder.path().join("store.db");
    fs::write(&path, damaged.main).unwrap();
    if let Some(log) = damaged.log {
        fs::write(folder.path().join("store.db-wal"), log).unwrap();
    }
    let (done, seen) = channel();
    let stored = Arc::clone(stored);
    thread::spawn(move || done.send(block_on(inspection::inspect(&path, &stored))));
    let seen = seen.recv_timeout(PATIENCE);
    let seen = seen.map_err(|error| format!("it panicked or hangs: {error}"))?;
    let strange = seen.errors().find(|kind| !is_of_damage(*kind));
    match strange {
        Some(kind) => Err(format!("{kind:?} says nothing of damage")),
        None => Ok(seen),
    }
}

/// Whether an error can be due to damage. A panic in a task of the store would be `Unavailable`.
fn is_of_damage(kind: StoreErrorKind) -> bool {
    use StoreErrorKind as Kind;
    matches!(kind, Kind::Corrupt | Kind::Incompatible | Kind::Io)
}
