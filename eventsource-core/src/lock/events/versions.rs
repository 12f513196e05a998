//! What to write where a change is meant.

use super::Block;
use crate::schema::EventSchema;

impl Block<'_> {
    /// How to go on from what is stored.
    pub(super) fn new_version(&self, today: &EventSchema, head: &EventSchema) -> String {
        if today.is_earlier_than(head) {
            return format!(
                "`{}` describes what is stored in version {}; leave it as it was",
                today.path(),
                self.version
            );
        }
        let (ident, version) = (today.ident(), self.version);
        let (old, next) = (format!("{ident}V{version}"), version + 1);
        let new = match today.event.variant {
            "" => format!(
                "#[event(name = {:?}, version = {next}, from = {old})]\nstruct {ident} {{ .. }} // as it is now",
                today.of().name
            ),
            _ => format!(
                "#[event(version = {next}, from = {old})]\n{ident} // the variant of `{}`, as it is now",
                today.at.ident
            ),
        };
        format!(
            "a change that is meant is a new version:\n\
             \n\
             {}\n\
             struct {old} {{ .. }} // as it was\n\
             \n\
             {new}\n\
             \n\
             impl From<{old}> for {} {{ .. }}",
            self.old(today),
            upcast_to(today),
        )
    }

    /// What stands on the type that stays.
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

/// What an old version becomes: of an enum it is what the variant wraps, or the enum.
fn upcast_to(today: &EventSchema) -> &str {
    match (today.event.variant, today.event.fields) {
        ("", _) => today.at.ident,
        (_, [wrapped]) if wrapped.ident == "0" => wrapped.of,
        _ => today.at.ident,
    }
}
