//! Which events, key and row a model was built from.

use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::event::EventType;
use crate::panic;
use crate::projection::{EventProjection, Projection};

/// The way in which fingerprints are made. It is their first byte.
const FORMAT: u8 = 1;

/// A hash of what a model is built from: the names under which its events are stored, and of each
/// of its projections the key as the attribute names it and the shape of the row.
///
/// A store keeps it with the model, and refuses a program in which it is another one under the same
/// version: [`ModelMismatch::OtherSource`](crate::read_model::ModelMismatch::OtherSource). The order in
/// which events are listed does not count. A new alias of an event does, since it adds stored events.
///
/// These are not part of it; a change of them is not detected, and needs a new version by hand:
/// the body of a key function and its return type, the types of key fields, the body of `project`,
/// upcasts, and attributes with which only `Serialize` has another shape. Neither is the shape of a
/// row that does not tell it: one that flattens fields, or holds a JSON value or an enum that is
/// untagged or has its tag inside. The order of the fields of a row is part of it.
///
/// ```
/// use eventsource_core::{Project, Projection, Recorded, event};
/// use eventsource_core::read_model::ModelFingerprint;
/// use serde::{Deserialize, Serialize};
///
/// #[event]
/// pub struct ItemAdded {
///     sku: String,
/// }
///
/// # macro_rules! demand { ($module:ident, $row:ident) => { mod $module {
/// # use super::{ItemAdded, Project, Projection, Recorded, Deserialize, Serialize};
/// #[derive(Projection, Default, Serialize, Deserialize)]
/// #[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
/// pub struct Demand {
///     $row: i64,
/// }
/// # impl Project<ItemAdded> for Demand {
/// #     fn project(&mut self, _: &Recorded<ItemAdded>) { self.$row += 1; }
/// # }
/// # } } }
/// # demand!(before, added);
/// # demand!(after, in_carts);
/// # fn main() {
/// let before = ModelFingerprint::of::<before::Demand>();
/// let after = ModelFingerprint::of::<after::Demand>(); // a field of the row has another name
/// assert!(after.differs_from(&before));
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModelFingerprint([u8; 32]);

impl ModelFingerprint {
    /// The fingerprint of the model of a projection that no other one follows.
    #[must_use]
    pub fn of<P: EventProjection>() -> Self {
        Self::of_rows(P::EVENTS, [source_of::<P>()])
    }

    /// The fingerprint of a projection and those that follow it, each [as one text](source_of).
    pub(crate) fn of_rows(events: &[&[EventType]], rows: impl IntoIterator<Item = String>) -> Self {
        Self::of_texts(events, rows.into_iter().collect())
    }

    /// The same once for all projections, which saves compile time of each.
    fn of_texts(events: &[&[EventType]], rows: Vec<String>) -> Self {
        let events = events.iter().copied().flatten();
        let names: BTreeSet<&str> = events.flat_map(EventType::names).collect();
        let events = names.into_iter().map(|name| format!("event {name}"));
        let text: Vec<String> = events.chain(rows).collect();
        let mut bytes: [u8; 32] = Sha256::digest(text.join("\n")).into();
        bytes[0] = FORMAT;
        Self(bytes)
    }

    /// The fingerprint that a store kept as these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to keep.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the two are made of different things. Fingerprints that were made in different ways,
    /// by two versions of this library, cannot be compared, and do not differ.
    #[must_use]
    pub fn differs_from(&self, other: &Self) -> bool {
        self.0[0] == other.0[0] && self != other
    }
}

impl fmt::Debug for ModelFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ModelFingerprint(")?;
        self.0[..8]
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("..)")
    }
}

/// How the rows of `P` are found, and what they hold.
pub(crate) fn source_of<P: Projection>() -> String {
    source(P::NAME, (P::KEY, P::KEY_SOURCE), P::shape)
}

/// The same once for all projections, which saves compile time of each.
fn source(name: &str, (key, source): (&[&str], &str), shape: fn() -> Option<String>) -> String {
    // A `Deserialize` that panics over a synthetic value reads what was stored all the same.
    let shape = panic::caught(shape).ok().flatten();
    format!(
        "projection {name}\ncolumns {}\n{source}\nrow {}",
        key.join(", "),
        shape.as_deref().unwrap_or("unknown"),
    )
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Default, Serialize, Deserialize)]
    struct Demand {
        added: i64,
        weeks: Vec<u32>,
    }

    impl Projection for Demand {
        const NAME: &'static str = "demand";
        const VERSION: u32 = 1;
        const KEY: &'static [&'static str] = &["sku", "week"];
        const KEY_SOURCE: &'static str = "key = (sku, week)";
    }

    /// A failure means that programs of before and after are refused by each other's models: raise
    /// `FORMAT` with it.
    #[test]
    fn the_fingerprint_is_what_it_ever_was() {
        let events = [
            EventType::new("cart.added", 1, &["cart.put"]),
            EventType::new("cart.removed", 3, &[]),
        ];
        let fingerprint = ModelFingerprint::of_rows(&[&events], [source_of::<Demand>()]);
        assert_eq!(
            source_of::<Demand>(),
            "projection demand\ncolumns sku, week\nkey = (sku, week)\n\
            row {\"added\": i64, \"weeks\": [u32], }"
        );
        assert_eq!(
            format!("{fingerprint:?}"),
            "ModelFingerprint(0121605655f61b3b..)"
        );
    }

    fn of_events(events: &[&[EventType]]) -> ModelFingerprint {
        ModelFingerprint::of_rows(events, [])
    }

    #[test]
    fn fingerprints_of_another_format_do_not_differ() {
        let one = of_events(&[&[EventType::new("added", 1, &[])]]);
        let other = of_events(&[&[EventType::new("removed", 1, &[])]]);
        let mut later = *other.as_bytes();
        later[0] = FORMAT + 1;
        assert!(one.differs_from(&other));
        assert!(!one.differs_from(&ModelFingerprint::from_bytes(later)));
        assert!(!one.differs_from(&one));
    }

    #[test]
    fn the_order_of_events_does_not_count() {
        let (one, other) = (
            EventType::new("added", 1, &[]),
            EventType::new("removed", 1, &[]),
        );
        assert_eq!(of_events(&[&[one, other]]), of_events(&[&[other], &[one]]));
    }
}
