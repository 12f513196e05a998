//! What becomes of that which is not on the disk yet when the power is cut.

use fastrand::Rng;

use super::disk::{Change, Contents, Disk, Leftover};

/// What a disk guarantees to write as a whole.
const SECTOR: usize = 512;

/// The files as the power cut leaves them.
pub(crate) fn after_power_cut(disk: &Disk, random: &mut Rng) -> Contents {
    let left = disk.leftovers(|possible| random.usize(..possible));
    let file = |left: &Leftover<'_>| (left.name.to_owned(), contents(left, random));
    left.iter().map(file).collect()
}

/// What becomes of the changes of one file.
enum Style {
    /// All that comes after one of them is lost, and that one is torn.
    Suffix { torn: usize },
    /// Each has its own fate; of a hundred so many are kept.
    Each { kept: u8 },
}

fn contents(left: &Leftover<'_>, random: &mut Rng) -> Vec<u8> {
    let doubtful = left.changes.iter().filter(|(_, durable)| !durable).count();
    let style = match random.u8(..4) {
        0 | 1 => Style::Suffix {
            torn: random.usize(..=doubtful),
        },
        _ => Style::Each {
            kept: random.u8(..=100),
        },
    };
    let (mut file, mut number) = (Vec::new(), 0);
    for (change, durable) in &left.changes {
        let fate = if *durable {
            Fate::Kept
        } else {
            number += 1;
            style.fate(number - 1, random)
        };
        apply(&mut file, change, &fate, random);
    }
    file
}

enum Fate {
    Kept,
    Torn,
    Lost,
}

impl Style {
    fn fate(&self, number: usize, random: &mut Rng) -> Fate {
        match *self {
            Self::Suffix { torn } if number < torn => Fate::Kept,
            Self::Suffix { torn } if number == torn => Fate::Torn,
            Self::Each { kept } if random.u8(..100) < kept => Fate::Kept,
            Self::Each { .. } if random.u8(..4) == 0 => Fate::Torn,
            _ => Fate::Lost,
        }
    }
}

fn apply(file: &mut Vec<u8>, change: &Change, fate: &Fate, random: &mut Rng) {
    match (change, fate) {
        (Change::Truncate { to }, Fate::Kept) => file.resize(*to, 0),
        // It is one step of the file system's own: done or not done.
        (Change::Truncate { .. }, Fate::Torn | Fate::Lost) => {}
        (Change::Write { at, bytes }, Fate::Kept) => write(file, *at, bytes),
        (Change::Write { at, bytes }, Fate::Lost) => grow(file, at + bytes.len(), random),
        (Change::Write { at, bytes }, Fate::Torn) => {
            grow(file, at + bytes.len(), random);
            let cut = random.bool().then(|| random.usize(..=bytes.len() / SECTOR));
            for (number, (at, sector)) in sectors(*at, bytes).enumerate() {
                if cut.map_or_else(|| random.bool(), |cut| number < cut) {
                    write(file, at, sector);
                }
            }
        }
    }
}

/// The parts of a write that lie in one sector each, with their offsets.
fn sectors(at: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let first = (SECTOR - at % SECTOR).min(bytes.len());
    let (head, rest) = bytes.split_at(first);
    let rest = rest.chunks(SECTOR).enumerate();
    let rest = rest.map(move |(number, sector)| (at + first + number * SECTOR, sector));
    std::iter::once((at, head)).chain(rest)
}

fn write(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

/// The file may have grown without its new bytes.
fn grow(file: &mut Vec<u8>, to: usize, random: &mut Rng) {
    if file.len() >= to {
        return;
    }
    match random.u8(..4) {
        0 => file.resize(to, 0),
        1 => file.resize_with(to, || random.u8(..)),
        _ => {}
    }
}
