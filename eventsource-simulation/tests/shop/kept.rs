//! The scripts of faults that were found, each with what it found in its first line.

use std::fs;
use std::path::Path;

use eventsource_simulation::{Script, Simulation};

/// Plays the scripts of a folder, of which none may fail any more.
pub(crate) fn play_all<P: Clone + Send + Sync + 'static>(
    simulation: &Simulation<P>,
    folder: impl AsRef<Path>,
) {
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let script: Script = fs::read_to_string(&file).unwrap().parse().unwrap();
        let played = simulation.play(&script);
        assert!(
            played.is_ok(),
            "{}: {}",
            file.display(),
            played.unwrap_err()
        );
        count += 1;
    }
    assert!(count > 0, "there are scripts");
}
