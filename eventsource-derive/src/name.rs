//! Stored names: those that are written, and those that are derived from the name of a type.

use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Error, Ident, LitStr, Result};

use crate::errors::Errors;
use crate::value;

const MAX_BYTES: usize = 255;

/// `= "cart.item-added"`
pub(crate) fn parse(meta: &ParseNestedMeta) -> Result<LitStr> {
    let name = value::text(meta)?;
    check(&name)?;
    Ok(name)
}

pub(crate) fn check(name: &LitStr) -> Result<()> {
    match fault(&name.value()) {
        Some(fault) => Err(Error::new(name.span(), fault)),
        None => Ok(()),
    }
}

/// The stored name that is derived from `ident`.
pub(crate) fn of(ident: &Ident, errors: &mut Errors) -> LitStr {
    generated(&kebab(ident), ident, errors)
}

/// A derived name with the span of `ident`.
pub(crate) fn generated(name: &str, ident: &Ident, errors: &mut Errors) -> LitStr {
    let name = LitStr::new(name, ident.span());
    errors.check(check(&name));
    name
}

fn fault(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("a stored name cannot be empty".to_owned());
    }
    if name.len() > MAX_BYTES {
        let len = name.len();
        return Some(format!(
            "a stored name has at most {MAX_BYTES} bytes, this one has {len}"
        ));
    }
    let bad = name.chars().find(|c| c.is_whitespace() || c.is_control())?;
    Some(format!("a stored name cannot contain {bad:?}"))
}

/// `ItemAdded` as `item-added`.
///
/// Stored events have this name, so the rule must never change.
pub(crate) fn kebab(ident: &Ident) -> String {
    kebab_text(&ident.unraw().to_string())
}

/// `CartEvent` as `cart`.
pub(crate) fn kebab_without_event(ident: &Ident) -> String {
    let text = ident.unraw().to_string();
    kebab_text(text.strip_suffix("Event").unwrap_or(&text))
}

pub(crate) fn kebab_text(ident: &str) -> String {
    let chars: Vec<char> = ident.chars().collect();
    let mut kebab = String::new();
    for (i, &c) in chars.iter().enumerate() {
        if c == '_' || starts_word(&chars, i) {
            hyphen(&mut kebab);
        }
        if c != '_' {
            kebab.extend(c.to_lowercase());
        }
    }
    kebab.trim_end_matches('-').to_owned()
}

/// An upper-case letter starts a word, except in the middle of an abbreviation: `HTTPRequest`.
fn starts_word(chars: &[char], i: usize) -> bool {
    let upper = |i: usize| chars.get(i).is_some_and(|c| c.is_uppercase());
    let lower = |i: usize| chars.get(i).is_some_and(|c| c.is_lowercase());
    upper(i) && i > 0 && (!upper(i - 1) || lower(i + 1))
}

fn hyphen(kebab: &mut String) {
    if !kebab.is_empty() && !kebab.ends_with('-') {
        kebab.push('-');
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use syn::Ident;

    fn kebab(ident: &str) -> String {
        super::kebab(&Ident::new(ident, Span::call_site()))
    }

    #[test]
    fn the_rule_is_frozen() {
        for (ident, stored) in [
            ("ItemAdded", "item-added"),
            ("Item2Added", "item2-added"),
            ("ItemAddedV1", "item-added-v1"),
            ("HTTPRequest", "http-request"),
            ("XMLHttpRequest", "xml-http-request"),
            ("HTTP2Request", "http2-request"),
            ("ABTest", "ab-test"),
            ("OAuthGranted", "o-auth-granted"),
            ("PaidByEU", "paid-by-eu"),
            ("A", "a"),
            ("AB", "ab"),
            ("Ab", "ab"),
            ("student_id", "student-id"),
            ("_student__id_", "student-id"),
            ("Item_Added", "item-added"),
            ("SCREAMING_CASE", "screaming-case"),
            ("ÄnderungÜbernommen", "änderung-übernommen"),
            ("ÉTÉFini", "été-fini"),
            ("订单Created", "订单-created"),
        ] {
            assert_eq!(kebab(ident), stored, "{ident}");
        }
    }

    #[test]
    fn a_raw_identifier_is_stored_without_its_prefix() {
        assert_eq!(
            super::kebab(&Ident::new_raw("type", Span::call_site())),
            "type"
        );
    }

    #[test]
    fn stored_names_have_no_space_and_no_end() {
        assert_eq!(super::fault("cart.item-added"), None);
        assert_eq!(
            super::fault("a b").unwrap(),
            "a stored name cannot contain ' '"
        );
        assert_eq!(
            super::fault("a\0").unwrap(),
            "a stored name cannot contain '\\0'"
        );
        assert_eq!(super::fault("").unwrap(), "a stored name cannot be empty");
        assert_eq!(super::fault(&"a".repeat(255)), None);
        assert!(
            super::fault(&"a".repeat(256))
                .unwrap()
                .ends_with("this one has 256")
        );
    }
}
