//! An envelope as `wire.md` describes it, written without the code that is tested, so that each part
//! can be replaced by a wrong one.

use eventsource_core::store::Commit;

use crate::samples;

/// The parts between the version and the checksum; of the smallest sample, until they are replaced.
pub(crate) struct Raw {
    pub(crate) head: Vec<u8>,
    pub(crate) digest_encoding: u8,
    pub(crate) digest: Vec<u8>,
    pub(crate) tenant: Vec<u8>,
    pub(crate) metadata: Vec<u8>,
    pub(crate) streams: Vec<u8>,
    pub(crate) types: Vec<u8>,
    pub(crate) tags: Vec<u8>,
    pub(crate) events: Vec<u8>,
}

impl Raw {
    pub(crate) fn smallest() -> Self {
        let sample = samples::smallest();
        let mut head = sample.commit.id.as_bytes().to_vec();
        head.extend(sample.recorded_at.as_micros().to_le_bytes());
        Self {
            head,
            digest_encoding: 2,
            digest: digest(&sample.commit),
            tenant: vec![0],
            metadata: vec![0],
            streams: counted(&[stream(b"c", 7, 1)]),
            types: counted(&[event_type(b"n", 1, 1)]),
            tags: vec![0],
            events: counted(&[event(0, 0, &[], b"")]),
        }
    }

    /// The envelope, with the checksum that it has to have.
    pub(crate) fn sealed(&self) -> Vec<u8> {
        let parts = [
            &[1][..],
            &self.head,
            &[self.digest_encoding],
            &self.digest,
            &self.tenant,
            &self.metadata,
            &self.streams,
            &self.types,
            &self.tags,
            &self.events,
        ];
        sealed(&parts.concat())
    }
}

pub(crate) fn digest(commit: &Commit) -> Vec<u8> {
    commit.digest().as_bytes().to_vec()
}

pub(crate) fn sealed(bytes: &[u8]) -> Vec<u8> {
    [bytes, &crc32fast::hash(bytes).to_le_bytes()].concat()
}

pub(crate) fn number(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number % 128).unwrap();
        number /= 128;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low + 128);
    }
}

pub(crate) fn sized(bytes: &[u8]) -> Vec<u8> {
    [&number(bytes.len() as u64)[..], bytes].concat()
}

pub(crate) fn counted(parts: &[Vec<u8>]) -> Vec<u8> {
    [number(parts.len() as u64), parts.concat()].concat()
}

pub(crate) fn stream(category: &[u8], root_id: u128, first_version: u64) -> Vec<u8> {
    let root_id = root_id.to_be_bytes();
    [&sized(category)[..], &root_id, &number(first_version)].concat()
}

pub(crate) fn event_type(name: &[u8], schema: u64, codec: u8) -> Vec<u8> {
    [&sized(name)[..], &number(schema), &[codec]].concat()
}

pub(crate) fn event(stream: u64, of_type: u64, tags: &[u64], payload: &[u8]) -> Vec<u8> {
    let tags: Vec<_> = tags.iter().map(|tag| number(*tag)).collect();
    [
        number(stream),
        number(of_type),
        counted(&tags),
        vec![0],
        sized(payload),
    ]
    .concat()
}
