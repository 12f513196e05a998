//! What earlier readings of a type have shown, and where the present one is.

use std::collections::BTreeMap;

/// Deeper in each other than this stand only types that have no end.
const DEEPEST: usize = 100;

/// A struct or an enum, by its name and what is in it: two types may share the name.
type Named = (&'static str, &'static [&'static str]);

/// The place in the type that is being read, and what is known of others.
#[derive(Default)]
pub(super) struct Seen {
    /// Field by field from the root.
    path: Vec<&'static str>,
    /// Which made-up value is tried at a place that refused earlier ones.
    tried: BTreeMap<String, usize>,
    /// The place where the last value was made up, and how many there are to try.
    last: Option<(String, usize)>,
    /// Each variant's shape; none until a reading has shown it.
    enums: BTreeMap<Named, Vec<Option<String>>>,
    /// The structs and enums that are being read, to see that a type holds itself.
    open: Vec<Named>,
    deepest: String,
}

impl Seen {
    pub(super) fn begin_again(&mut self) {
        self.path.clear();
        self.open.clear();
        self.last = None;
    }

    pub(super) fn enter(&mut self, name: &'static str) {
        self.path.push(name);
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    /// Whether there is an end to what is being read.
    pub(super) fn open(&mut self, named: Named) -> bool {
        self.open.push(named);
        self.open.len() <= DEEPEST
    }

    pub(super) fn close(&mut self) {
        self.open.pop();
    }

    /// Whether what is being read holds itself, so that the reading has to come to an end.
    pub(super) fn is_recursive(&self) -> bool {
        self.times_open() > 1
    }

    /// How often what is being read stands in itself, the innermost included.
    fn times_open(&self) -> usize {
        let last = self.open.last();
        self.open.iter().filter(|open| Some(*open) == last).count()
    }

    /// Which of `count` made-up values is the one to try here.
    pub(super) fn choose(&mut self, count: usize) -> usize {
        let place = self.path.join(".");
        self.deepest.clone_from(&place);
        let tried = self.tried.get(&place).copied().unwrap_or_default();
        self.last = Some((place, count));
        tried.min(count - 1)
    }

    /// After a refusal: whether there is another value to try where the last one was made up.
    pub(super) fn try_another(&mut self) -> bool {
        let Some((place, count)) = self.last.take() else {
            return false;
        };
        let tried = self.tried.entry(place).or_default();
        *tried += 1;
        *tried < count
    }

    /// No other value will do here.
    pub(super) fn give_up(&mut self) {
        self.deepest = self.path.join(".");
        self.last = None;
    }

    /// The variant to show: the first that was not shown yet. In itself it is another at each
    /// level, so that one comes which does not hold the enum again.
    pub(super) fn variant(&mut self, named: Named) -> usize {
        let (level, variants) = (self.times_open(), named.1.len());
        let shown = self
            .enums
            .entry(named)
            .or_insert_with(|| vec![None; variants]);
        let unknown = shown.iter().position(Option::is_none).unwrap_or_default();
        (unknown + level - 1)
            .checked_rem(variants)
            .unwrap_or_default()
    }

    /// Notes the shape of a variant. In itself it was cut short.
    pub(super) fn show(&mut self, named: Named, variant: usize, shape: String) {
        if !self.is_recursive()
            && let Some(shown) = self
                .enums
                .get_mut(&named)
                .and_then(|shown| shown.get_mut(variant))
        {
            shown.get_or_insert(shape);
        }
    }

    /// Whether every variant of every enum was shown.
    pub(super) fn is_complete(&self) -> bool {
        self.enums.values().flatten().all(Option::is_some)
    }

    /// The whole shape: what the last reading noted, and the enums in it.
    pub(super) fn finish(self, mut shape: String) -> String {
        for ((name, _), variants) in self.enums {
            let variants: Vec<_> = variants.into_iter().flatten().collect();
            shape.extend(["\nenum ", name, ": ", &variants.join(" | ")]);
        }
        shape
    }

    /// Where a value was made up last, for people.
    pub(super) fn place(&self) -> String {
        if self.deepest.is_empty() {
            "the state itself".to_owned()
        } else {
            self.deepest.clone()
        }
    }
}
