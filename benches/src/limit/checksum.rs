//! The content of the columns `checksum`.

use uuid::Uuid;

/// Longer rows are summed in parts.
const TOGETHER: usize = 512;

/// The CRC-32 of the numbers of a row and the rest of it.
fn of<const N: usize, const T: usize>(numbers: [u64; N], rest: [&[u8]; T]) -> u32 {
    let numbers = numbers.map(u64::to_le_bytes);
    let numbers = numbers.as_flattened();
    let length = numbers.len() + rest.iter().map(|part| part.len()).sum::<usize>();
    if length > TOGETHER {
        let mut sum = crc32fast::Hasher::new();
        sum.update(numbers);
        for part in rest {
            sum.update(part);
        }
        return sum.finalize();
    }
    let (mut row, mut end) = ([0; TOGETHER], numbers.len());
    row[..end].copy_from_slice(numbers);
    for part in rest {
        row[end..end + part.len()].copy_from_slice(part);
        end += part.len();
    }
    crc32fast::hash(&row[..end])
}

/// A row of `stream_categories`, of the tenant without a name.
pub(crate) fn of_category(number: i64, name: &str) -> u32 {
    of([number.cast_unsigned(), 0], [b"", name.as_bytes()])
}

/// A row of `types`, of version 1.
pub(crate) fn of_type(number: i64, name: &str, codec: &str) -> u32 {
    let numbers = [number.cast_unsigned(), 1, name.len() as u64];
    of(numbers, [name.as_bytes(), codec.as_bytes()])
}

/// A row of `streams`.
pub(crate) struct StreamRow {
    pub(crate) stream: i64,
    pub(crate) category: i64,
    pub(crate) root_id: Uuid,
    pub(crate) version: i64,
    pub(crate) position: i64,
    pub(crate) recorded_at: i64,
    pub(crate) check: u32,
}

impl StreamRow {
    pub(crate) fn checksum(&self) -> u32 {
        let numbers = [
            self.stream,
            self.category,
            self.version,
            self.position,
            self.recorded_at,
            i64::from(self.check),
        ];
        of(numbers.map(i64::cast_unsigned), [self.root_id.as_bytes()])
    }
}

/// A row of `commits`.
pub(crate) struct CommitRow<'r> {
    pub(crate) first: i64,
    pub(crate) events: i64,
    pub(crate) stream: i64,
    pub(crate) id: &'r [u8],
    pub(crate) recorded_at: i64,
    pub(crate) metadata: Option<&'r str>,
    pub(crate) encoding: i64,
    pub(crate) digest: &'r [u8],
}

impl CommitRow<'_> {
    pub(crate) fn checksum(&self) -> u32 {
        let numbers = [
            self.first,
            self.events,
            self.stream,
            self.recorded_at,
            optional(self.metadata),
            self.encoding,
        ];
        let metadata = self.metadata.unwrap_or_default().as_bytes();
        of(
            numbers.map(i64::cast_unsigned),
            [self.id, metadata, self.digest],
        )
    }
}

/// A row of `events`.
pub(crate) struct EventRow<'r> {
    pub(crate) position: i64,
    /// The position of the first event of its commit.
    pub(crate) commit: i64,
    pub(crate) stream: i64,
    pub(crate) version: i64,
    pub(crate) of: i64,
    pub(crate) payload: &'r [u8],
    /// A JSON array.
    pub(crate) tags: Option<&'r str>,
}

impl EventRow<'_> {
    pub(crate) fn checksum(&self) -> u32 {
        let numbers = [
            self.position,
            self.commit,
            self.stream,
            self.version,
            self.of,
            optional(self.tags),
        ];
        let tags = self.tags.unwrap_or_default().as_bytes();
        of(numbers.map(i64::cast_unsigned), [tags, self.payload])
    }
}

/// A row of `snapshots`.
pub(crate) fn of_snapshot(
    [stream, version, position, check]: [i64; 4],
    fingerprint: &[u8],
    state: &[u8],
) -> u32 {
    let numbers = [stream, version, position, check].map(i64::cast_unsigned);
    let [stream, version, position, check] = numbers;
    let length = fingerprint.len() as u64;
    of(
        [stream, version, position, check, length],
        [fingerprint, state],
    )
}

/// A row of a read model.
pub(crate) fn of_row(key: &[u8], row: &str) -> u32 {
    of([key.len() as u64], [key, row.as_bytes()])
}

/// An empty text is something else than none.
fn optional(text: Option<&str>) -> i64 {
    text.map_or(-1, |text| i64::try_from(text.len()).unwrap_or(i64::MAX))
}
