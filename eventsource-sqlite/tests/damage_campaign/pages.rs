//! The pages of a file, and what each belongs to.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

/// SQLite counts pages from 1.
#[derive(Clone)]
pub(crate) struct Pages {
    pub(crate) bytes: Vec<u8>,
    pub(crate) size: usize,
    /// The pages of each table and index.
    pub(crate) of: BTreeMap<String, Vec<usize>>,
}

impl Pages {
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        let of = owners(path);
        Self { bytes, size, of }
    }

    pub(crate) fn count(&self) -> usize {
        self.bytes.len() / self.size
    }

    pub(crate) fn page(&self, number: usize) -> &[u8] {
        &self.bytes[(number - 1) * self.size..number * self.size]
    }

    pub(crate) fn page_mut(&mut self, number: usize) -> &mut [u8] {
        &mut self.bytes[(number - 1) * self.size..number * self.size]
    }

    /// The table or the index that a page belongs to.
    pub(crate) fn owner(&self, number: usize) -> &str {
        let of = self.of.iter().find(|(_, pages)| pages.contains(&number));
        of.map_or("none", |(name, _)| name)
    }

    /// The begin of the pointers to the cells of a page, and their number.
    pub(crate) fn cells(&self, number: usize) -> (usize, usize) {
        let begin = if number == 1 { 100 } else { 0 };
        let page = self.page(number);
        let count = u16::from_be_bytes([page[begin + 3], page[begin + 4]]);
        let is_interior = matches!(page[begin], 2 | 5);
        let header = if is_interior { 12 } else { 8 };
        (begin + header, usize::from(count))
    }

    /// The range of the cells of a page, which fill its end.
    pub(crate) fn content(&self, number: usize) -> std::ops::Range<usize> {
        let (pointers, count) = self.cells(number);
        let page = self.page(number);
        let pointer = |at: usize| usize::from(u16::from_be_bytes([page[at], page[at + 1]]));
        let first = (0..count).map(|cell| pointer(pointers + 2 * cell)).min();
        first.unwrap_or(0)..self.size
    }
}

fn owners(path: &Path) -> BTreeMap<String, Vec<usize>> {
    let file = Connection::open(path).unwrap();
    let mut all = file.prepare("SELECT name, pageno FROM dbstat").unwrap();
    let mut rows = all.query([]).unwrap();
    let mut of = BTreeMap::<_, Vec<_>>::new();
    while let Some(row) = rows.next().unwrap() {
        let (name, page): (String, usize) = (row.get(0).unwrap(), row.get(1).unwrap());
        of.entry(name).or_default().push(page);
    }
    of
}
