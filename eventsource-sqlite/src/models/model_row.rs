//! The content of a row of the table of models, and its checksum.

use crate::file::checksum::{length, optional, sum};

/// The columns that the checksum covers. It leaves out the lease, the state of the writing and the
/// starts of batches: they change without the rest, and none of them says what the rows hold.
pub(super) struct ModelRow<'r> {
    pub(super) kind: &'r str,
    pub(super) name: &'r str,
    pub(super) version: u32,
    pub(super) generation: &'r str,
    pub(super) source: &'r str,
    pub(super) log: u32,
    pub(super) position: u64,
    pub(super) commit_id: Option<&'r [u8]>,
    pub(super) epoch: u64,
    pub(super) serving: bool,
    pub(super) created: bool,
    pub(super) tables: &'r str,
    pub(super) fingerprint: Option<&'r [u8]>,
    pub(super) inline: Option<&'r str>,
}

impl ModelRow<'_> {
    pub(super) fn checksum(&self) -> u32 {
        let blob = |bytes: Option<&[u8]>| bytes.map_or(u64::MAX, length);
        let numbers = [
            u64::from(self.version),
            u64::from(self.log),
            self.position,
            self.epoch,
            u64::from(self.serving),
            u64::from(self.created),
            length(self.kind.as_bytes()),
            length(self.name.as_bytes()),
            length(self.generation.as_bytes()),
            length(self.source.as_bytes()),
            blob(self.commit_id),
            blob(self.fingerprint),
            optional(self.inline),
        ];
        let texts = [
            self.kind.as_bytes(),
            self.name.as_bytes(),
            self.generation.as_bytes(),
            self.source.as_bytes(),
            self.commit_id.unwrap_or_default(),
            self.fingerprint.unwrap_or_default(),
            self.inline.unwrap_or_default().as_bytes(),
            self.tables.as_bytes(),
        ];
        sum(numbers, texts)
    }
}
