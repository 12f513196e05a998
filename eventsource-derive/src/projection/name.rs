//! What a read model is called. Backends name tables after it.

use syn::meta::ParseNestedMeta;
use syn::{Error, LitStr, Result};

use crate::{name, value};

/// Backends put more behind it, and `PostgreSQL` has names of at most 63 bytes.
const MAX_BYTES: usize = 40;

/// `= "bought-together"`
pub(super) fn parse(meta: &ParseNestedMeta) -> Result<LitStr> {
    let name = value::text(meta)?;
    let text = name.value();
    let Some(fault) = fault(&text) else {
        return Ok(name);
    };
    let better = suggestion(&text)
        .map(|better| format!("\nwrite `name = \"{better}\"`"))
        .unwrap_or_default();
    Err(Error::new(name.span(), format!("{fault}{better}")))
}

/// The name that this text would have.
pub(super) fn suggestion(text: &str) -> Option<String> {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let words: String = text.chars().map(word).collect();
    let kebab = name::kebab_text(&words);
    fault(&kebab).is_none().then_some(kebab)
}

fn fault(name: &str) -> Option<String> {
    let is_known = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-');
    match name.chars().next() {
        None => return Some("a read model has to have a name".to_owned()),
        Some('a'..='z') => {}
        Some(first) => {
            return Some(format!(
                "the name of a read model starts with a letter from `a` to `z`, not with {first:?}: \
                 tables are named after it"
            ));
        }
    }
    if name.len() > MAX_BYTES {
        let len = name.len();
        return Some(format!(
            "the name of a read model has at most {MAX_BYTES} bytes, this one has {len}: tables are \
             named after it"
        ));
    }
    let bad = name.chars().find(|c| !is_known(*c))?;
    Some(format!(
        "the name of a read model has letters from `a` to `z`, digits and `-`, but no {bad:?}: \
         tables are named after it"
    ))
}

#[cfg(test)]
mod tests {
    use super::{fault, suggestion};

    #[test]
    fn names_are_in_kebab_case() {
        assert_eq!(fault("bought-together2"), None);
        for bad in ["", "Demand", "2nd", "a_b", "a b", "é", &"a".repeat(41)] {
            assert!(fault(bad).is_some(), "{bad}");
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
