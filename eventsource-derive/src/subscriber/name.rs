//! The name of a read model or a reactor. Stores name tables after read models.

use syn::meta::ParseNestedMeta;
use syn::{Error, Ident, LitStr, Result};

use crate::{name, value};

/// The longest name. Stores add suffixes to it, and `PostgreSQL` limits names to 63 bytes.
const MAX_BYTES: usize = 40;

/// A kind of item that has a name.
pub(crate) struct Named {
    what: &'static str,
    /// The reason for the limits of its name.
    because: &'static str,
}

pub(crate) const READ_MODEL: Named = Named {
    what: "a read model",
    because: ": tables are named after it",
};

/// A reactor. Its name has the same limits as that of a read model, so that there is one rule.
pub(crate) const REACTOR: Named = Named {
    what: "a reactor",
    because: "",
};

/// `= "bought-together"`
pub(crate) fn parse(meta: &ParseNestedMeta, named: &Named) -> Result<LitStr> {
    let name = value::text(meta)?;
    let text = name.value();
    let Some(fault) = fault(&text, named) else {
        return Ok(name);
    };
    let better = suggestion(&text)
        .map(|better| format!("\nwrite `name = \"{better}\"`"))
        .unwrap_or_default();
    Err(Error::new(name.span(), format!("{fault}{better}")))
}

/// A valid name made from a text.
pub(crate) fn suggestion(text: &str) -> Option<String> {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let words: String = text.chars().map(word).collect();
    let kebab = name::kebab_text(&words);
    fault(&kebab, &READ_MODEL).is_none().then_some(kebab)
}

/// The name that is used after a missing one was reported.
pub(crate) fn fallback(ident: &Ident) -> LitStr {
    let name = suggestion(&ident.to_string()).unwrap_or_default();
    LitStr::new(&name, ident.span())
}

fn fault(name: &str, Named { what, because }: &Named) -> Option<String> {
    let is_known = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
    match name.chars().next() {
        None => return Some(format!("{what} has to have a name")),
        Some('a'..='z') => {}
        Some(first) => {
            return Some(format!(
                "the name of {what} starts with a letter from `a` to `z`, not with {first:?}{because}"
            ));
        }
    }
    if name.len() > MAX_BYTES {
        let len = name.len();
        return Some(format!(
            "the name of {what} has at most {MAX_BYTES} bytes, this one has {len}{because}"
        ));
    }
    let bad = name.chars().find(|c| !is_known(*c))?;
    Some(format!(
        "the name of {what} has letters from `a` to `z`, digits and `-`, but no {bad:?}{because}"
    ))
}

#[cfg(test)]
mod tests {
    use super::{REACTOR, READ_MODEL, fault, suggestion};

    #[test]
    fn names_are_in_kebab_case() {
        assert_eq!(fault("bought-together2", &READ_MODEL), None);
        for bad in ["", "Demand", "2nd", "a_b", "a b", "é", &"a".repeat(41)] {
            assert!(fault(bad, &REACTOR).is_some(), "{bad}");
        }
    }

    #[test]
    fn what_is_meant_is_suggested() {
        for (bad, better) in [
            ("BoughtTogether", "bought-together"),
            ("bought_together", "bought-together"),
            ("Bought together", "bought-together"),
        ] {
            assert_eq!(suggestion(bad).as_deref(), Some(better));
        }
        assert_eq!(suggestion("2017"), None);
    }
}
