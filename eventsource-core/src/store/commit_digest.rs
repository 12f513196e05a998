//! Digests of commits and their events.

mod flat;
mod parts;
mod tree;

use super::commit::Commit;
use super::digest::{Digest, DigestEncoding};
use super::new_event::NewEvent;
use crate::values::{Metadata, Tag};
pub(crate) use tree::EventContent;

impl Digest {
    /// The digest of a commit whose events are given by their hashes ([`NewEvent::content_hash`]) in order, in
    /// [`DigestEncoding::Tree`].
    #[must_use]
    pub fn of_hashes(events: &[[u8; 32]], metadata: &Metadata) -> Self {
        Self::of_each_hash(events.iter().copied(), metadata)
    }

    /// The digest of a commit whose events are given by an iterator of their hashes.
    pub(crate) fn of_each_hash(
        events: impl ExactSizeIterator<Item = [u8; 32]>,
        metadata: &Metadata,
    ) -> Self {
        let bytes = tree::of_commit(events, metadata);
        Self::from_bytes(DigestEncoding::Tree, bytes)
    }

    /// Whether a commit has this digest, in the digest's own encoding.
    #[must_use]
    pub fn is_of(&self, commit: &Commit) -> bool {
        commit.digest_in(self.encoding()) == *self
    }
}

impl Commit {
    /// The digest of the commit in the encoding that stores write, [`DigestEncoding::Tree`].
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest_in(DigestEncoding::Tree)
    }

    /// The digest of the commit in an encoding.
    #[must_use]
    pub fn digest_in(&self, encoding: DigestEncoding) -> Digest {
        let bytes = match encoding {
            DigestEncoding::Flat => flat::hash(self),
            DigestEncoding::Tree => {
                let events = self.events.iter().map(NewEvent::content_hash);
                tree::of_commit(events, &self.metadata)
            }
        };
        Digest::from_bytes(encoding, bytes)
    }
}

impl NewEvent {
    /// The SHA-256 of the payload, which is a part of [`NewEvent::content_hash`].
    #[must_use]
    pub fn payload_hash(&self) -> [u8; 32] {
        tree::of_payload(&self.payload)
    }

    /// The SHA-256 of the event with its stream and its tags, which is a part of a digest in
    /// [`DigestEncoding::Tree`].
    #[must_use]
    pub fn content_hash(&self) -> [u8; 32] {
        self.content_hash_with(&self.payload_hash())
    }

    /// The SHA-256 of the event, with the payload given by its hash. The payload of the event is ignored.
    #[must_use]
    pub fn content_hash_with(&self, payload: &[u8; 32]) -> [u8; 32] {
        let event = EventContent {
            stream: &self.stream,
            name: &self.name,
            schema: self.schema,
            codec: self.codec,
            tags: self.tags.iter().map(Tag::as_str),
        };
        event.hash_with(payload)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::codec::Codec;
    use crate::values::{StreamId, Tag, Timestamp};

    fn event() -> NewEvent {
        let stream = StreamId::new("cart", Uuid::from_u128(7)).in_tenant("acme");
        let event = NewEvent::new(stream, "cart.added", 2, Codec::Json, b"{}".to_vec());
        event.tagged(vec![Tag::new("sku", "tea")])
    }

    fn commit() -> Commit {
        let metadata = Metadata::new()
            .actor("ann")
            .occurred_at(Timestamp::from_micros(-1))
            .entry("till", "3");
        Commit::new(Uuid::from_u128(1), vec![event()]).metadata(metadata)
    }

    /// Stores contain these digests. With another digest every stored commit would count as changed.
    #[test]
    fn the_digests_of_a_commit_never_change() {
        let digests = [DigestEncoding::Flat, DigestEncoding::Tree]
            .map(|encoding| commit().digest_in(encoding).to_string());
        let expected = [
            "1:a00a1c790fddf114c27b83a2208b0f169f8db0310c18c436954415499277b890",
            "2:f7480e0f06a5297feea31e4105f7e47e9b4a3762912b686dedf5cafe465b8cff",
        ];
        assert_eq!(digests, expected);
    }

    #[test]
    fn the_hashes_of_an_event_and_of_its_payload_never_change() {
        let hex = |hash: [u8; 32]| hash.map(|byte| format!("{byte:02x}")).concat();
        let payload = "d50a78ec1491d6fca597daa8bafd951550837c521b4829005fe3a23d24f1a15b";
        assert_eq!(hex(event().payload_hash()), payload);
        let content = "af62b1cbca75ec79b505ec398bea5aba822251e811a0ad996b0fe70f62f29c89";
        assert_eq!(hex(event().content_hash()), content);
    }

    /// A commit can be compared without a payload, if the hash of the payload is known.
    #[test]
    fn a_digest_can_be_computed_from_hashes_alone() {
        let (first, second) = (event(), event().tagged(Vec::new()));
        let mut commit = commit();
        commit.events = vec![first.clone(), second.clone()];
        let mut without = first.clone();
        without.payload = b"".to_vec().into();
        let first = without.content_hash_with(&first.payload_hash());
        let hashes = [first, second.content_hash()];
        assert_eq!(
            Digest::of_hashes(&hashes, &commit.metadata),
            commit.digest()
        );
        let [first, second] = hashes;
        let swapped = Digest::of_hashes(&[second, first], &commit.metadata);
        assert_ne!(swapped, commit.digest());
    }

    /// In both encodings every part counts.
    #[test]
    fn a_change_anywhere_changes_the_digest() {
        let changes: [fn(&mut Commit); 11] = [
            |it| it.events[0].payload = b"{ }".to_vec().into(),
            |it| it.events[0].name = "cart.adde".into(),
            |it| it.events[0].schema = 3,
            |it| it.events[0].codec = Codec::MessagePack,
            |it| it.events[0].tags.clear(),
            |it| it.events[0].stream = it.events[0].stream.clone().in_tenant("acm"),
            |it| it.events[0].stream = StreamId::new("cart", Uuid::from_u128(8)).in_tenant("acme"),
            |it| it.events[0].stream = StreamId::new("car", Uuid::from_u128(7)).in_tenant("acme"),
            |it| it.events.push(event()),
            |it| it.events.clear(),
            |it| it.metadata = Metadata::new().actor("ann"),
        ];
        for encoding in [DigestEncoding::Flat, DigestEncoding::Tree] {
            let digest = commit().digest_in(encoding);
            assert!(digest.is_of(&commit()));
            for (index, change) in changes.into_iter().enumerate() {
                let mut other = commit();
                change(&mut other);
                assert!(!digest.is_of(&other), "{encoding:?}: change {index}");
            }
        }
        let (flat, tree) = (commit().digest_in(DigestEncoding::Flat), commit().digest());
        assert_ne!(flat, tree);
    }
}
