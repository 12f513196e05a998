//! Receipts for paid carts: a mail for each, as a file in a folder.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use eventsource_core::uuid::Uuid;
use eventsource_core::{Delivery, React, Reactor, Recorded};
use tokio::task::spawn_blocking;

use super::{CartEvent, Line, Product};

/// Writes a receipt for each cart that is paid.
///
/// A delivery comes at least once: it is repeated if the process ends before the checkpoint is stored. The
/// receipt has the id of the delivery, so a repetition changes nothing. A mail service accepts such an id,
/// too.
#[derive(Reactor, Clone, Debug)]
#[reactor(name = "receipts", event = CartEvent(CheckedOut))]
pub struct Receipts {
    folder: PathBuf,
}

impl Receipts {
    /// Writes receipts into this folder, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// [`ReceiptError`], if the folder cannot be created, or not be written to.
    pub fn into_folder(folder: PathBuf) -> Result<Self, ReceiptError> {
        let receipts = Self { folder };
        let check = || {
            fs::create_dir_all(&receipts.folder)?;
            let unfinished = receipts.folder.join("is-writable.part");
            File::create(&unfinished)?;
            fs::remove_file(unfinished)
        };
        check().map_err(|error| receipts.failed(error))?;
        Ok(receipts)
    }

    fn failed(&self, source: io::Error) -> ReceiptError {
        let folder = self.folder.clone();
        ReceiptError { folder, source }
    }
}

/// A receipt could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write receipts into {}", folder.display())]
#[non_exhaustive]
pub struct ReceiptError {
    /// The folder of the receipts.
    pub folder: PathBuf,
    /// The cause.
    pub source: io::Error,
}

impl React<CartEvent> for Receipts {
    type Error = ReceiptError;

    async fn react(
        &self,
        recorded: &Recorded<CartEvent>,
        delivery: &Delivery,
    ) -> Result<(), ReceiptError> {
        let CartEvent::CheckedOut { email, lines } = &recorded.event else {
            return Ok(());
        };
        let text = receipt(recorded.root_id(), email, lines);
        let (folder, id) = (self.folder.clone(), delivery.id);
        // A slow disk must not block other tasks.
        let put = spawn_blocking(move || put(&folder, id, &text)).await;
        put.unwrap_or_else(|panic| Err(panic.into()))
            .map_err(|error| self.failed(error))
    }
}

/// Writes a file atomically and durably.
fn put(folder: &Path, id: Uuid, text: &str) -> io::Result<()> {
    let unfinished = folder.join(format!("{id}.part"));
    let mut file = File::create(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(unfinished, folder.join(format!("{id}.txt")))?;
    sync_names(folder)
}

#[cfg(unix)]
fn sync_names(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_names(_: &Path) -> io::Result<()> {
    Ok(())
}

fn receipt(cart: Uuid, email: &str, lines: &[Line]) -> String {
    let mut text = format!("To: {email}\nSubject: Your receipt\n\nCart {cart}\n\n");
    for line in lines {
        let name = Product::find(&line.sku).map_or(&*line.sku, |product| product.name);
        let _ = writeln!(
            text,
            "{:>3} × {name:<20}{:>10}",
            line.quantity,
            euros(line.total())
        );
    }
    let total = euros(lines.iter().map(Line::total).fold(0, u64::saturating_add));
    let _ = writeln!(text, "{:<26}{total:>10}", "Total");
    text
}

fn euros(cents: u64) -> String {
    format!("{}.{:02} €", cents / 100, cents % 100)
}
