//! Advice on how to write a new version of an event.

use super::Block;
use crate::program::EventSchema;

impl Block<'_> {
    /// The advice for a breaking change of an event.
    pub(super) fn new_version(&self, today: &EventSchema, head: &EventSchema) -> String {
        if today.is_earlier_than(head) {
            return format!(
                "`{}` describes the events that are stored in version {}; leave it as it was",
                today.path(),
                self.version
            );
        }
        let (ident, version) = (today.ident(), self.version);
        let (old, next) = (format!("{ident}V{version}"), version + 1);
        let (what, below, new) = match today.event.variant {
            "" => (
                "on the type as it is now",
                "it",
                format!(
                    "#[event(name = {:?}, version = {next}, from = {old})]",
                    today.of().name
                ),
            ),
            _ => (
                "above the variant as it is now",
                "the enum",
                format!("#[event(version = {next}, from = {old})]"),
            ),
        };
        let to = upcast_to(today);
        let before = today.event.from.map(|from| {
            format!(
                "\n\nWhat is stored as `{from}` becomes one of these: impl From<{from}> for {old}"
            )
        });
        format!(
            "an intended change is a new version. Write {what}\n\
             \n    {new}\n\
             \nand below {below}\n\
             \n    {}\n    \
             struct {old} {{\n        \
             // as it was\n    \
             }}\n\
             \n    \
             impl From<{old}> for {to} {{\n        \
             fn from(old: {old}) -> Self {{\n            \
             // as it is read now\n        \
             }}\n    \
             }}{}",
            self.old(today),
            before.unwrap_or_default(),
        )
    }

    /// The attribute of the type that describes the old version.
    fn old(&self, today: &EventSchema) -> String {
        let name = today.of().name;
        let version = match self.version {
            1 => String::new(),
            version => format!(", version = {version}"),
        };
        let from = today.event.from.map(|from| format!(", from = {from}"));
        format!(
            "#[event(name = {name:?}{version}{})]",
            from.unwrap_or_default()
        )
    }
}

/// The type to which an old version is upcast: the one that the variant wraps, or the enum.
fn upcast_to(today: &EventSchema) -> &str {
    match (today.event.variant, today.event.fields) {
        ("", _) => today.at.ident,
        (_, [wrapped]) if wrapped.ident == "0" => wrapped.of,
        _ => today.at.ident,
    }
}
