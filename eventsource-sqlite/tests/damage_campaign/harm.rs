//! The harms that are done to a file.

use crate::pages::Pages;
use crate::prepared::Prepared;
use crate::random::Random;

/// The number of times that each harm is done in a whole campaign.
pub(crate) const HARMS: [(Kind, usize); 9] = [
    (Kind::Bit, 400),
    (Kind::Bytes, 300),
    (Kind::Zeroed, 150),
    (Kind::Swapped, 200),
    (Kind::Cut, 100),
    (Kind::Older, 150),
    (Kind::Aimed, 1_400),
    (Kind::LostCell, 200),
    (Kind::SwappedCells, 200),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A bit of any page flips.
    Bit,
    /// Up to sixteen bytes of any page become others.
    Bytes,
    /// A page becomes zeros.
    Zeroed,
    /// Two pages change places.
    Swapped,
    /// The file ends early.
    Cut,
    /// A page is as it was before.
    Older,
    /// A bit of the content of a table or an index flips; each gets as many.
    Aimed,
    /// A page has a cell less.
    LostCell,
    /// Two neighbouring cells of a page change places.
    SwappedCells,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bit => "bit flipped",
            Self::Bytes => "bytes overwritten",
            Self::Zeroed => "page zeroed",
            Self::Swapped => "pages swapped",
            Self::Cut => "file cut",
            Self::Older => "page of an older copy",
            Self::Aimed => "bit of a table or index",
            Self::LostCell => "cell lost",
            Self::SwappedCells => "cells swapped",
        }
    }
}

/// A file that was harmed.
pub(crate) struct Harmed {
    pub(crate) number: usize,
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
    /// The tables and indexes whose pages were harmed.
    pub(crate) owners: Vec<String>,
    pub(crate) what: String,
}

/// The kind of the harm with this number.
pub(crate) fn kind_of(number: usize) -> Kind {
    let mut first = 0;
    for (kind, count) in HARMS {
        first += count;
        if number < first {
            return kind;
        }
    }
    panic!("there is no harm {number}")
}

pub(crate) fn count() -> usize {
    HARMS.iter().map(|(_, count)| count).sum()
}

/// Does the harm with this number, which follows from the seed.
pub(crate) fn harm(prepared: &Prepared, seed: u64, number: usize) -> Harmed {
    let mut random = Random::new(seed ^ (number as u64).wrapping_mul(0x2545_f491_4f6c_dd1d));
    let kind = kind_of(number);
    let mut pages = prepared.whole.clone();
    let (pages_harmed, what) = match kind {
        Kind::Bit => flip_bit(&mut pages, &mut random),
        Kind::Bytes => overwrite(&mut pages, &mut random),
        Kind::Zeroed => zero(&mut pages, &mut random),
        Kind::Swapped => swap(&mut pages, &mut random),
        Kind::Cut => cut(&mut pages, &mut random),
        Kind::Older => take_older(&mut pages, &prepared.older, &mut random),
        Kind::Aimed => flip_aimed(&mut pages, number, &mut random),
        Kind::LostCell => lose_cell(&mut pages, &mut random),
        Kind::SwappedCells => swap_cells(&mut pages, &mut random),
    };
    let owner = |page: &usize| prepared.whole.owner(*page).to_owned();
    Harmed {
        number,
        kind,
        bytes: pages.bytes,
        owners: pages_harmed.iter().map(owner).collect(),
        what,
    }
}

type Done = (Vec<usize>, String);

fn flip_bit(pages: &mut Pages, random: &mut Random) -> Done {
    let page = 1 + random.below(pages.count());
    let at = random.below(pages.size);
    flip(pages, page, at, random)
}

fn flip(pages: &mut Pages, page: usize, at: usize, random: &mut Random) -> Done {
    let bit = random.below(8);
    pages.page_mut(page)[at] ^= 1 << bit;
    let what = format!("bit {bit} of byte {at} of page {page}");
    (vec![page], what)
}

fn overwrite(pages: &mut Pages, random: &mut Random) -> Done {
    let page = 1 + random.below(pages.count());
    let length = 1 + random.below(16);
    let at = random.below(pages.size - length);
    for byte in &mut pages.page_mut(page)[at..at + length] {
        *byte = random.byte();
    }
    (vec![page], format!("{length} bytes at {at} of page {page}"))
}

fn zero(pages: &mut Pages, random: &mut Random) -> Done {
    let page = 1 + random.below(pages.count());
    pages.page_mut(page).fill(0);
    (vec![page], format!("page {page}"))
}

/// Half of them within one table or index, where the pages are alike.
fn swap(pages: &mut Pages, random: &mut Random) -> Done {
    let several: Vec<_> = pages.of.values().filter(|of| of.len() > 2).collect();
    let (one, other) = if random.below(2) == 0 {
        let of = random.one_of(&several);
        (*random.one_of(of), *random.one_of(of))
    } else {
        let any = |random: &mut Random| 1 + random.below(pages.count());
        (any(random), any(random))
    };
    let kept = pages.page(one).to_vec();
    let moved = pages.page(other).to_vec();
    pages.page_mut(one).copy_from_slice(&moved);
    pages.page_mut(other).copy_from_slice(&kept);
    (vec![one, other], format!("pages {one} and {other}"))
}

/// Half of them at the end of a page.
fn cut(pages: &mut Pages, random: &mut Random) -> Done {
    let length = if random.below(2) == 0 {
        random.below(pages.count()) * pages.size
    } else {
        random.below(pages.bytes.len())
    };
    let first = length / pages.size + 1;
    let gone = (first..=pages.count()).collect();
    pages.bytes.truncate(length);
    (gone, format!("after {length} bytes"))
}

/// A page that has changed since.
fn take_older(pages: &mut Pages, older: &Pages, random: &mut Random) -> Done {
    let changed: Vec<usize> = (1..=older.count())
        .filter(|page| older.page(*page) != pages.page(*page))
        .collect();
    let page = *random.one_of(&changed);
    pages.page_mut(page).copy_from_slice(older.page(page));
    (vec![page], format!("page {page}"))
}

fn flip_aimed(pages: &mut Pages, number: usize, random: &mut Random) -> Done {
    let names: Vec<String> = pages.of.keys().cloned().collect();
    let name = &names[number % names.len()];
    let page = *random.one_of(&pages.of[name]);
    let content = pages.content(page);
    if content.is_empty() || content.start == 0 {
        return flip(pages, page, 8 + random.below(8), random);
    }
    let at = content.start + random.below(content.len());
    flip(pages, page, at, random)
}

fn lose_cell(pages: &mut Pages, random: &mut Random) -> Done {
    let page = page_with_cells(pages, random);
    let (pointers, count) = pages.cells(page);
    let cell = random.below(count);
    let header = if page == 1 { 100 } else { 0 };
    let less = u16::try_from(count - 1).expect("it was one").to_be_bytes();
    let bytes = pages.page_mut(page);
    bytes.copy_within(
        pointers + 2 * (cell + 1)..pointers + 2 * count,
        pointers + 2 * cell,
    );
    bytes[header + 3..header + 5].copy_from_slice(&less);
    (vec![page], format!("cell {cell} of page {page}"))
}

fn swap_cells(pages: &mut Pages, random: &mut Random) -> Done {
    let page = page_with_cells(pages, random);
    let (pointers, count) = pages.cells(page);
    let cell = random.below(count - 1);
    let at = pointers + 2 * cell;
    let bytes = pages.page_mut(page);
    let (one, other) = bytes[at..at + 4].split_at_mut(2);
    one.swap_with_slice(other);
    (
        vec![page],
        format!("cells {cell} and {} of page {page}", cell + 1),
    )
}

fn page_with_cells(pages: &Pages, random: &mut Random) -> usize {
    let all: Vec<usize> = pages.of.values().flatten().copied().collect();
    let with_cells: Vec<usize> = all
        .into_iter()
        .filter(|page| pages.cells(*page).1 > 1)
        .collect();
    *random.one_of(&with_cells)
}
