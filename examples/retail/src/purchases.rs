//! Purchases in a CSV file, one line an item, the lines of a basket together.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, DeserializeError, Reader};
use eventsource_core::Timestamp;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

/// All the lines of one basket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The number of the basket.
    pub basket: u64,
    /// The household.
    pub household: u32,
    /// The shop.
    pub shop: u32,
    /// The time of the purchase.
    pub at: Timestamp,
    /// The lines, at least one.
    pub lines: Vec<Line>,
}

/// A product in a basket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The product.
    pub product: u32,
    /// The number of pieces.
    pub quantity: u64,
    /// The amount that the shop received.
    pub cents: u64,
    /// The shop's own discount.
    pub retail_discount: u64,
    /// The maker's coupon.
    pub coupon_discount: u64,
    /// The shop's addition to the coupon.
    pub coupon_match_discount: u64,
}

/// The purchases in a file, basket by basket.
pub struct Purchases {
    path: PathBuf,
    rows: Reader<Box<dyn Read + Send>>,
    headers: ByteRecord,
    record: ByteRecord,
    /// The first line of the next basket, which ended the last one.
    next: Option<Row>,
    /// The numbers of the baskets so far.
    basket_ids: HashSet<u64>,
    failed: bool,
}

/// The error of reading a file.
#[derive(Debug, thiserror::Error)]
pub enum PurchaseError {
    /// The file cannot be opened.
    #[error("{} cannot be read", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file cannot be read to its end.
    #[error("{} cannot be read beyond line {line}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The last line that was read.
        line: u64,
        /// The cause.
        source: io::Error,
    },
    /// A value is invalid.
    #[error("{}, line {line}, column `{column}`: `{value}` is not {expected}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The name of the column.
        column: &'static str,
        /// The value, shortened if it is long.
        value: String,
        /// The expected value.
        expected: String,
    },
    /// A row is invalid.
    #[error("{}, line {line}: {reason}", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The cause.
        reason: String,
    },
}

const UP_TO_32_BITS: &str = "a whole number from 0 to 4294967295";
const UP_TO_64_BITS: &str = "a whole number from 0 to 18446744073709551615";

/// The columns of a [`Row`], and what each value has to be.
const COLUMNS: [(&str, &str); 10] = [
    ("basket_id", UP_TO_64_BITS),
    ("household_id", UP_TO_32_BITS),
    ("store_id", UP_TO_32_BITS),
    ("product_id", UP_TO_32_BITS),
    ("quantity", UP_TO_64_BITS),
    ("sales_cents", UP_TO_64_BITS),
    ("retail_discount_cents", UP_TO_64_BITS),
    ("coupon_discount_cents", UP_TO_64_BITS),
    ("coupon_match_discount_cents", UP_TO_64_BITS),
    (
        "purchased_at",
        "a time in UTC, such as 2017-01-01T11:53:26Z",
    ),
];

/// The characters of a value that an error shows.
const SHOWN: usize = 40;

/// A row of the file.
#[derive(Deserialize)]
struct Row {
    basket_id: u64,
    household_id: u32,
    store_id: u32,
    product_id: u32,
    quantity: u64,
    sales_cents: u64,
    retail_discount_cents: u64,
    coupon_discount_cents: u64,
    coupon_match_discount_cents: u64,
    purchased_at: String,
}

impl Purchases {
    /// Opens a `.csv` or a `.csv.gz`; `watch` wraps the file, to observe the progress.
    ///
    /// # Errors
    ///
    /// [`PurchaseError::Open`].
    pub fn open<W: Read + Send + 'static>(
        path: &Path,
        watch: impl FnOnce(File) -> W,
    ) -> Result<Self, PurchaseError> {
        let file = File::open(path).map_err(|source| PurchaseError::Open {
            path: path.to_owned(),
            source,
        })?;
        let file = BufReader::new(watch(file));
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        let text: Box<dyn Read + Send> = if packed {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        let mut purchases = Self {
            path: path.to_owned(),
            rows: Reader::from_reader(text),
            headers: ByteRecord::new(),
            record: ByteRecord::new(),
            next: None,
            basket_ids: HashSet::new(),
            failed: false,
        };
        purchases.read_headers()?;
        Ok(purchases)
    }

    fn read_headers(&mut self) -> Result<(), PurchaseError> {
        match self.rows.byte_headers() {
            Ok(headers) => self.headers = headers.clone(),
            Err(error) => return Err(self.failed(error)),
        }
        let is_missing = |column: &&str| self.index_of(column).is_none();
        let Some(missing) = COLUMNS
            .map(|(column, _)| column)
            .into_iter()
            .find(|it| is_missing(it))
        else {
            return Ok(());
        };
        let expected = COLUMNS.map(|(column, _)| column).join(",");
        let reason = if self.headers.is_empty() {
            format!("the file is empty; its first line has to be {expected}")
        } else {
            let found: Vec<_> = self.headers.iter().map(shown).collect();
            let found = found.join(",");
            format!(
                "there is no column `{missing}` in `{found}`; the columns have to be {expected}"
            )
        };
        Err(self.malformed_at(1, reason))
    }

    fn index_of(&self, column: &str) -> Option<usize> {
        self.headers.iter().position(|it| it == column.as_bytes())
    }

    fn basket(&mut self) -> Result<Option<Purchase>, PurchaseError> {
        let first = match self.next.take() {
            Some(row) => row,
            None => match self.row()? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        if !self.basket_ids.insert(first.basket_id) {
            let basket = first.basket_id;
            let reason = format!(
                "basket {basket} goes on after lines of others; its lines have to stand together"
            );
            return Err(self.malformed(reason));
        }
        let at = first.purchased_at.parse::<Timestamp>();
        let at = at.map_err(|_| self.invalid("purchased_at"))?;
        let mut lines = vec![first.line()];
        while let Some(row) = self.row()? {
            if row.basket_id != first.basket_id {
                self.next = Some(row);
                break;
            }
            if let Some((column, expected)) = row.other_head(&first) {
                let basket = row.basket_id;
                let expected = format!("`{expected}`, as on the first line of basket {basket}");
                return Err(self.unexpected(column, expected));
            }
            lines.push(row.line());
        }
        Ok(Some(Purchase {
            basket: first.basket_id,
            household: first.household_id,
            shop: first.store_id,
            at,
            lines,
        }))
    }

    fn row(&mut self) -> Result<Option<Row>, PurchaseError> {
        match self.read_row() {
            Ok(row) => Ok(row),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn read_row(&mut self) -> Result<Option<Row>, csv::Error> {
        let there = self.rows.read_byte_record(&mut self.record)?;
        there
            .then(|| self.record.deserialize(Some(&self.headers)))
            .transpose()
    }

    /// The error of a row that could not be read.
    fn failed(&self, error: csv::Error) -> PurchaseError {
        let position = error.position().or(self.record.position());
        let line = position.map_or(1, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(source) => PurchaseError::Read {
                path: self.path.clone(),
                line: self.rows.position().line(),
                source,
            },
            csv::ErrorKind::Deserialize { err, .. } => match self.column_of(&err) {
                Some(column) => self.invalid(column),
                None => self.malformed_at(line, err.to_string()),
            },
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => {
                let fields = if len == 1 { "field" } else { "fields" };
                let reason = format!("{len} {fields}, but the header has {expected_len}");
                self.malformed_at(line, reason)
            }
            _ => self.malformed_at(line, "this is not CSV".to_owned()),
        }
    }

    /// The column whose value could not be read.
    fn column_of(&self, error: &DeserializeError) -> Option<&'static str> {
        let index = usize::try_from(error.field()?).ok()?;
        let name = self.headers.get(index)?;
        let mut columns = COLUMNS.iter().map(|(column, _)| *column);
        columns.find(|column| column.as_bytes() == name)
    }

    /// The value of a column is not what every value of the column has to be.
    fn invalid(&self, column: &'static str) -> PurchaseError {
        let expected = COLUMNS.iter().find(|(name, _)| *name == column);
        self.unexpected(column, expected.map_or("", |(_, expected)| expected))
    }

    fn unexpected(&self, column: &'static str, expected: impl Into<String>) -> PurchaseError {
        let value = self.index_of(column).and_then(|it| self.record.get(it));
        PurchaseError::Value {
            path: self.path.clone(),
            line: self.line(),
            column,
            value: shown(value.unwrap_or_default()),
            expected: expected.into(),
        }
    }

    fn malformed(&self, reason: String) -> PurchaseError {
        self.malformed_at(self.line(), reason)
    }

    /// The line of the row that was read last.
    fn line(&self) -> u64 {
        self.record.position().map_or(1, csv::Position::line)
    }

    fn malformed_at(&self, line: u64, reason: String) -> PurchaseError {
        PurchaseError::Row {
            path: self.path.clone(),
            line,
            reason,
        }
    }
}

/// Ends with the first error: rows after a malformed one cannot be trusted.
impl Iterator for Purchases {
    type Item = Result<Purchase, PurchaseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let basket = self.basket().transpose();
        self.failed = matches!(basket, Some(Err(_)));
        basket
    }
}

impl Row {
    /// The first column that all lines of a basket share and in which this one differs, and what the first
    /// line has there.
    fn other_head(&self, first: &Self) -> Option<(&'static str, String)> {
        if self.household_id != first.household_id {
            Some(("household_id", first.household_id.to_string()))
        } else if self.store_id != first.store_id {
            Some(("store_id", first.store_id.to_string()))
        } else if self.purchased_at != first.purchased_at {
            Some(("purchased_at", first.purchased_at.clone()))
        } else {
            None
        }
    }

    fn line(&self) -> Line {
        Line {
            product: self.product_id,
            quantity: self.quantity,
            cents: self.sales_cents,
            retail_discount: self.retail_discount_cents,
            coupon_discount: self.coupon_discount_cents,
            coupon_match_discount: self.coupon_match_discount_cents,
        }
    }
}

/// The beginning of a value, in which nothing controls a terminal.
fn shown(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let mut shown = String::new();
    for character in text.chars().take(SHOWN) {
        if character.is_control() {
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}
