//! When the state of an aggregate is stored to save folding.

mod fingerprint;
pub(crate) mod shape;
pub(crate) mod state;

use std::num::NonZeroU64;

use serde::{Serialize, de::DeserializeOwned};

use crate::panic;
pub use shape::ShapeError;

/// When snapshots of an aggregate are taken, and how: what
/// `#[aggregate(snapshot(every = 100, version = 1))]` says.
///
/// A snapshot is used only by a program whose state has the same shape, whose `version` is the same
/// and whose events have the same names and versions; see [`Fingerprint`](crate::store::Fingerprint). Anything else folds the
/// events. So a snapshot can always be thrown away.
///
/// A snapshot is only kept if it is read back as an equal state. In each process, the first snapshot
/// of an aggregate that is loaded is compared with what its events come to, if these are at most
/// 10,000. Where they differ, the load fails with
/// [`LoadError::SnapshotDiffers`](crate::LoadError::SnapshotDiffers), and the process uses no
/// snapshot of this kind from then on.
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
pub struct SnapshotPolicy<A> {
    every: NonZeroU64,
    version: u32,
    encode: fn(&A) -> Result<Vec<u8>, serde_json::Error>,
    decode: fn(&[u8]) -> Result<A, serde_json::Error>,
    is_equal: fn(&A, &A) -> bool,
    shape: fn() -> Result<String, ShapeError>,
    samples: Option<Samples<A>>,
}

/// Values of a state, and what their shape is.
#[derive(Debug)]
struct Samples<A> {
    values: fn() -> Vec<A>,
    shape: fn(&[A]) -> Result<String, ShapeError>,
}

impl<A: PartialEq + Serialize + DeserializeOwned> SnapshotPolicy<A> {
    /// A snapshot after every `every` events. The `version` is to be raised when the state means
    /// something else although its shape is the same.
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

    /// Takes the shape of the state from these values of it, for a state that does not tell its
    /// shape: one that flattens fields, or holds a JSON value.
    ///
    /// What the values do not show can change unnoticed, and then `version` is to be raised: they
    /// are to show every variant, `Some` of each option, and something in each list and map. They
    /// have to be the same in each run, or no snapshot is found again.
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
    /// How many events lie between two snapshots.
    #[must_use]
    pub const fn every(&self) -> NonZeroU64 {
        self.every
    }

    /// Snapshots of another version are not used.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// What serde makes of the state, in words.
    ///
    /// # Errors
    ///
    /// [`ShapeError`], where neither the state tells nor a sample, or one of them panics.
    pub fn shape(&self) -> Result<String, ShapeError> {
        let Some(samples) = &self.samples else {
            let shape = panic::caught(self.shape);
            return shape.unwrap_or_else(|message| {
                let reason = format!("reading a value that was made up panicked: {message}");
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

    /// Whether the way from one version of an aggregate to a later one passes a snapshot.
    #[must_use]
    pub const fn is_due(&self, from: u64, to: u64) -> bool {
        to / self.every.get() > from / self.every.get()
    }

    /// Writes a state.
    ///
    /// # Errors
    ///
    /// When the state's `Serialize` fails.
    pub fn encode(&self, state: &A) -> Result<Vec<u8>, serde_json::Error> {
        (self.encode)(state)
    }

    /// Reads a state.
    ///
    /// # Errors
    ///
    /// When the bytes are not a state.
    pub fn decode(&self, bytes: &[u8]) -> Result<A, serde_json::Error> {
        (self.decode)(bytes)
    }

    /// Whether two states are the same.
    pub(crate) fn is_equal(&self, one: &A, other: &A) -> bool {
        (self.is_equal)(one, other)
    }
}
