//! Purchases in a CSV file, one line an item, the lines of a basket together.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::{Reader, StringRecord};
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
    headers: StringRecord,
    record: StringRecord,
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

/// The columns of a [`Row`].
const COLUMNS: [&str; 10] = [
    "basket_id",
    "household_id",
    "store_id",
    "product_id",
    "quantity",
    "sales_cents",
    "retail_discount_cents",
    "coupon_discount_cents",
    "coupon_match_discount_cents",
    "purchased_at",
];

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
            headers: StringRecord::new(),
            record: StringRecord::new(),
            next: None,
            basket_ids: HashSet::new(),
            failed: false,
        };
        purchases.read_headers()?;
        Ok(purchases)
    }

    fn read_headers(&mut self) -> Result<(), PurchaseError> {
        let headers = self.rows.headers().cloned();
        self.headers = headers.map_err(|error| self.malformed_at(1, reason(&error)))?;
        let missing = COLUMNS
            .iter()
            .find(|column| !self.headers.iter().any(|it| it == **column));
        match missing {
            Some(column) => Err(self.malformed_at(1, format!("there is no column `{column}`"))),
            None => Ok(()),
        }
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
            let reason = format!("basket {} goes on, after lines of others", first.basket_id);
            return Err(self.malformed(reason));
        }
        let at = first.purchased_at.parse::<Timestamp>();
        let at = at.map_err(|error| self.malformed(error.to_string()))?;
        let mut lines = vec![first.line()];
        while let Some(row) = self.row()? {
            if row.basket_id != first.basket_id {
                self.next = Some(row);
                break;
            }
            if row.head() != first.head() {
                return Err(self.malformed(format!(
                    "basket {} has another household, shop or time than on its first line",
                    row.basket_id
                )));
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
        self.read_row().map_err(|error| {
            let line = error
                .position()
                .or(self.record.position())
                .map_or(1, csv::Position::line);
            self.malformed_at(line, reason(&error))
        })
    }

    fn read_row(&mut self) -> Result<Option<Row>, csv::Error> {
        let there = self.rows.read_record(&mut self.record)?;
        there
            .then(|| self.record.deserialize(Some(&self.headers)))
            .transpose()
    }

    fn malformed(&self, reason: String) -> PurchaseError {
        let line = self.record.position().map_or(1, csv::Position::line);
        self.malformed_at(line, reason)
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
    /// The columns that all lines of a basket share.
    fn head(&self) -> (u32, u32, &str) {
        (self.household_id, self.store_id, &self.purchased_at)
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

/// The message without the position, which the error has beside it.
fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("{len} fields, but the header has {expected_len}")
        }
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    }
}
