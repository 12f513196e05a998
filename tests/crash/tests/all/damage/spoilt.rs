//! What time and disks do to files.

use fastrand::Rng;

use super::stored::Stored;

/// The files of a store, one of them damaged.
#[derive(Clone)]
pub(crate) struct Spoilt {
    pub(crate) main: Vec<u8>,
    pub(crate) log: Option<Vec<u8>>,
}

impl Spoilt {
    pub(crate) fn main(stored: &Stored, random: &mut Rng) -> Self {
        let (mut main, log) = (stored.main.clone(), stored.log.clone());
        damage(&mut main, random);
        Self { main, log }
    }

    pub(crate) fn log(stored: &Stored, random: &mut Rng) -> Self {
        let (main, mut log) = (stored.main.clone(), stored.log.clone());
        damage(log.as_mut().expect("a store with a log"), random);
        Self { main, log }
    }

    /// One bit in the table by which events are found.
    pub(crate) fn tag(stored: &Stored, random: &mut Rng) -> Self {
        let mut main = stored.main.clone();
        // In the events themselves, tags stand in quotes.
        let is_row = |window: &[u8]| window[0] != b'"' && &window[1..] == b"index:";
        let rows = main.windows(7).enumerate();
        let rows: Vec<usize> = rows
            .filter_map(|(at, window)| is_row(window).then_some(at + 1))
            .collect();
        // The text of the tag, and the position behind it.
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
    // The beginning says what the rest means.
    let span = if random.u8(..4) == 0 { 256 } else { file.len() };
    for _ in 0..random.u8(1..=8) {
        file[random.usize(..span)] ^= 1 << random.u8(..8);
    }
}
