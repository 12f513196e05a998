//! Comparing stored names at compile time.

use super::EventType;

/// Whether exactly one of the events has `name`. It is `const`, so that the check fails to compile.
#[must_use]
pub const fn is_unique(events: &[EventType], name: &str) -> bool {
    let (mut i, mut found) = (0, 0);
    while i < events.len() {
        if eq(events[i].name, name) || contains(events[i].aliases, name) {
            found += 1;
        }
        i += 1;
    }
    found == 1
}

/// Whether the event at `index` has a name of an event before it. It is `const`, so that the check fails
/// to compile.
#[must_use]
pub const fn clashes(events: &[EventType], index: usize) -> bool {
    let event = events[index];
    let mut i = 0;
    while i < index {
        if share_a_name(events[i], event) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether the event shares a name with one of `events`.
pub(crate) const fn any_shares_a_name(events: &[EventType], event: EventType) -> bool {
    let mut i = 0;
    while i < events.len() {
        if share_a_name(events[i], event) {
            return true;
        }
        i += 1;
    }
    false
}

const fn share_a_name(a: EventType, b: EventType) -> bool {
    let mut i = 0;
    while i < b.aliases.len() {
        if eq(a.name, b.aliases[i]) || contains(a.aliases, b.aliases[i]) {
            return true;
        }
        i += 1;
    }
    eq(a.name, b.name) || contains(a.aliases, b.name)
}

/// Whether `name` is one of `names`. It is `const`, so that duplicates fail to compile.
#[must_use]
pub const fn contains(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if eq(names[i], name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether all of `some` are in `names`. It is `const`, so that a forgotten name fails to compile.
#[must_use]
pub const fn contains_all(names: &[&str], some: &[&str]) -> bool {
    let mut i = 0;
    while i < some.len() {
        if !contains(names, some[i]) {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether two texts are equal, in a `const`.
#[must_use]
pub const fn eq(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
