//! Snapshots: stored states that save folding.

mod codec_error;
mod fingerprint;
pub(crate) mod shape;
pub(crate) mod state;

use std::num::NonZeroU64;

use serde::{Serialize, de::DeserializeOwned};

use crate::panic;
pub use codec_error::SnapshotCodecError;
pub use shape::ShapeError;

/// The snapshot policy of an aggregate: when and how snapshots are taken. It is written as
/// `#[aggregate(snapshot(every = 100, version = 1))]`.
///
/// A snapshot is loaded only if the state's shape, the policy's `version` and the names and versions of
/// the events are unchanged, so a stale snapshot is never used; see
/// [`Fingerprint`](crate::store::Fingerprint). Otherwise the events are folded. So a snapshot can always
/// be deleted.
///
/// A snapshot is stored only if it is read back as an equal state. In each process, the first snapshot of
/// a type of aggregate that is loaded is compared with the state that the events fold to, if there are at
/// most 10,000 events. If the states differ, the load fails with
/// [`LoadError::SnapshotDiffers`](crate::LoadError::SnapshotDiffers), and the process uses no snapshot of
/// this kind any more.
///
/// ```
/// use std::num::NonZeroU64;
///
/// use eventsource_core::aggregate::SnapshotPolicy;
///
/// const HUNDRED: NonZeroU64 = NonZeroU64::new(100).unwrap();
/// const EVERY_HUNDRED: SnapshotPolicy<Vec<String>> = SnapshotPolicy::new(HUNDRED, 1);
/// assert_eq!(EVERY_HUNDRED.every(), HUNDRED);
/// ```
#[derive(Debug)]
#[doc(alias = "memento")]
pub struct SnapshotPolicy<A> {
    every: NonZeroU64,
    version: u32,
    encode: fn(&A) -> Result<Vec<u8>, serde_json::Error>,
    decode: fn(&[u8]) -> Result<A, serde_json::Error>,
    is_equal: fn(&A, &A) -> bool,
    shape: fn() -> Result<String, ShapeError>,
    samples: Option<Samples<A>>,
}

/// Sample values of a state, and the function that makes a shape of them.
#[derive(Debug)]
struct Samples<A> {
    values: fn() -> Vec<A>,
    shape: fn(&[A]) -> Result<String, ShapeError>,
}

impl<A: PartialEq + Serialize + DeserializeOwned> SnapshotPolicy<A> {
    /// Creates a policy that takes a snapshot after every `every` events. Raise `version` when the meaning
    /// of the state changes while its shape does not.
    #[must_use]
    pub const fn new(every: NonZeroU64, version: u32) -> Self {
        Self {
            every,
            version,
            encode: |state| serde_json::to_vec(state),
            decode: |bytes| serde_json::from_slice(bytes),
            is_equal: |one, other| one == other,
            shape: shape::of::<A>,
            samples: None,
        }
    }

    /// Takes the shape of the state from sample values, for a state whose type does not determine its
    /// shape: one that flattens fields, or contains a JSON value.
    ///
    /// The samples should have every variant, `Some` of each option, and an item in each list and map. A
    /// change of a part that they do not show is not detected; raise `version` then. The samples have to
    /// be the same in each run, or no snapshot is found again.
    ///
    /// ```
    /// use std::num::NonZeroU64;
    ///
    /// use eventsource_core::aggregate::SnapshotPolicy;
    /// use serde_json::{Value, json};
    ///
    /// let loose = SnapshotPolicy::<Value>::new(NonZeroU64::MIN, 1);
    /// assert!(loose.shape().is_err());
    /// let sampled = loose.sampled(|| vec![json!({"units": 7})]);
    /// assert_eq!(sampled.shape().unwrap(), "samples\n{\"units\": u64}");
    /// ```
    #[must_use]
    pub const fn sampled(self, values: fn() -> Vec<A>) -> Self {
        let shape = |values: &[A]| shape::of_samples(values);
        Self {
            samples: Some(Samples { values, shape }),
            ..self
        }
    }
}

impl<A> SnapshotPolicy<A> {
    /// The number of events between two snapshots.
    #[must_use]
    pub const fn every(&self) -> NonZeroU64 {
        self.every
    }

    /// The version; snapshots of another version are not used.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The shape of the state as serde writes and reads it, as a text.
    ///
    /// # Errors
    ///
    /// [`ShapeError`], if neither the type of the state nor samples determine the shape, or their code
    /// panics.
    pub fn shape(&self) -> Result<String, ShapeError> {
        let Some(samples) = &self.samples else {
            let shape = panic::caught(self.shape);
            return shape.unwrap_or_else(|message| {
                let reason = format!("reading a synthetic value panicked: {message}");
                Err(ShapeError::of::<A>("the state", reason))
            });
        };
        let failed = |what: &str, message: String| {
            let reason = format!("{what} panicked: {message}");
            Err(ShapeError::of::<A>("its sample", reason))
        };
        match panic::caught(samples.values) {
            Ok(values) => panic::caught(|| (samples.shape)(&values))
                .unwrap_or_else(|message| failed("writing it", message)),
            Err(message) => failed("making it", message),
        }
    }

    /// Whether a snapshot is due between one version of an aggregate and a later one.
    #[must_use]
    pub const fn is_due(&self, from: u64, to: u64) -> bool {
        to / self.every.get() > from / self.every.get()
    }

    /// Serializes a state.
    ///
    /// # Errors
    ///
    /// [`SnapshotCodecError`], if the state's `Serialize` fails.
    pub fn encode(&self, state: &A) -> Result<Vec<u8>, SnapshotCodecError> {
        (self.encode)(state).map_err(SnapshotCodecError::writing::<A>)
    }

    /// Deserializes a state.
    ///
    /// # Errors
    ///
    /// [`SnapshotCodecError`], if the bytes are not a state.
    pub fn decode(&self, bytes: &[u8]) -> Result<A, SnapshotCodecError> {
        (self.decode)(bytes).map_err(SnapshotCodecError::reading::<A>)
    }

    /// Whether two states are equal.
    pub(crate) fn is_equal(&self, one: &A, other: &A) -> bool {
        (self.is_equal)(one, other)
    }
}
