//! Checksums of rows that a test changes as a program of this version would.

use rusqlite::{Connection, params};

/// Gives every model the checksum that its row has to have.
pub(crate) fn renew(file: &Connection) {
    const ALL: &str = "SELECT model, kind, name, version, generation, source, log, position,
        commit_id, epoch, serving, created, tables, fingerprint, inline FROM models";
    let mut all = file.prepare(ALL).unwrap();
    let mut rows = all.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let number = |index| row.get::<_, i64>(index).unwrap().cast_unsigned();
        let text = |index| -> Option<Vec<u8>> {
            let value = row.get_ref(index).unwrap();
            value.as_bytes_or_null().unwrap().map(<[u8]>::to_vec)
        };
        let texts = [1, 2, 4, 5, 8, 13, 14, 12].map(text);
        let length = |text: &Option<Vec<u8>>| text.as_ref().map_or(u64::MAX, |it| it.len() as u64);
        let mut sum = crc32fast::Hasher::new();
        for number in [3, 6, 7, 9, 10, 11].map(number) {
            sum.update(&number.to_le_bytes());
        }
        for text in &texts[..7] {
            sum.update(&length(text).to_le_bytes());
        }
        for text in texts.iter().flatten() {
            sum.update(text);
        }
        let renew = "UPDATE models SET checksum = ?2 WHERE model = ?1";
        let id: i64 = row.get(0).unwrap();
        file.execute(renew, params![id, sum.finalize()]).unwrap();
    }
}
