//! Draws the outcome of the changes that are not durable when the power is cut.

use fastrand::Rng;

use super::disk::{Change, Contents, Disk, Leftover};

/// The number of bytes that a disk writes atomically.
const SECTOR: usize = 512;

/// Draws the files as the power cut leaves them.
pub(crate) fn after_power_cut(disk: &Disk, random: &mut Rng) -> Contents {
    let left = disk.leftovers(|possible| random.usize(..possible));
    let file = |left: &Leftover<'_>| (left.name.to_owned(), contents(left, random));
    left.iter().map(file).collect()
}

/// The way in which the outcomes of the changes of one file are drawn.
enum Style {
    /// One change is torn, and all later ones are lost.
    Suffix { torn: usize },
    /// Each change has an outcome of its own; `kept` percent are kept.
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
        let outcome = if *durable {
            Outcome::Kept
        } else {
            number += 1;
            style.outcome(number - 1, random)
        };
        apply(&mut file, change, &outcome, random);
    }
    file
}

/// The outcome of one change.
enum Outcome {
    Kept,
    Torn,
    Lost,
}

impl Style {
    fn outcome(&self, number: usize, random: &mut Rng) -> Outcome {
        match *self {
            Self::Suffix { torn } if number < torn => Outcome::Kept,
            Self::Suffix { torn } if number == torn => Outcome::Torn,
            Self::Each { kept } if random.u8(..100) < kept => Outcome::Kept,
            Self::Each { .. } if random.u8(..4) == 0 => Outcome::Torn,
            _ => Outcome::Lost,
        }
    }
}

fn apply(file: &mut Vec<u8>, change: &Change, outcome: &Outcome, random: &mut Rng) {
    match (change, outcome) {
        (Change::Truncate { to }, Outcome::Kept) => file.resize(*to, 0),
        // The file system truncates atomically.
        (Change::Truncate { .. }, Outcome::Torn | Outcome::Lost) => {}
        (Change::Write { at, bytes }, Outcome::Kept) => write(file, *at, bytes),
        (Change::Write { at, bytes }, Outcome::Lost) => grow(file, at + bytes.len(), random),
        (Change::Write { at, bytes }, Outcome::Torn) => {
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

/// Grows the file without its new bytes, or leaves it.
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
