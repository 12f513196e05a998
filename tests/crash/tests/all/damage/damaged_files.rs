//! Damages the files of a store.

use std::collections::HashSet;

use fastrand::Rng;

use super::store_files::StoreFiles;

/// The files of a store, one of them damaged.
#[derive(Clone)]
pub(crate) struct DamagedFiles {
    pub(crate) main: Vec<u8>,
    pub(crate) log: Option<Vec<u8>>,
}

impl DamagedFiles {
    pub(crate) fn main(stored: &StoreFiles, random: &mut Rng) -> Self {
        let (mut main, log) = (stored.main.clone(), stored.log.clone());
        damage(&mut main, random);
        Self { main, log }
    }

    pub(crate) fn log(stored: &StoreFiles, random: &mut Rng) -> Self {
        let (main, mut log) = (stored.main.clone(), stored.log.clone());
        damage(log.as_mut().expect("a store with a log"), random);
        Self { main, log }
    }

    /// Flips one bit in the table of tags.
    pub(crate) fn tag(stored: &StoreFiles, random: &mut Rng) -> Self {
        let mut main = stored.main.clone();
        let hashes: HashSet<[u8; 8]> = stored
            .tags()
            .iter()
            .map(|tag| tag.hash64().to_be_bytes())
            .collect();
        let windows = main.array_windows::<8>().enumerate();
        let rows: Vec<usize> = windows
            .filter_map(|(at, window)| hashes.contains(window).then_some(at))
            .collect();
        // The hash of the tag, and the position behind it.
        let at = rows[random.usize(..rows.len())] + random.usize(..9);
        main[at] ^= 1 << random.u8(..8);
        Self { main, log: None }
    }
}

fn damage(file: &mut Vec<u8>, random: &mut Rng) {
    if random.u8(..4) == 0 {
        file.truncate(random.usize(..file.len()));
        return;
    }
    // The header decides how the rest is read, so it is damaged more often.
    let span = if random.u8(..4) == 0 { 256 } else { file.len() };
    for _ in 0..random.u8(1..=8) {
        file[random.usize(..span)] ^= 1 << random.u8(..8);
    }
}
