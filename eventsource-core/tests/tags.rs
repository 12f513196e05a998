//! Tags, and keys that none of them can have.

use eventsource_core::Tag;

#[test]
fn a_key_with_a_colon_is_no_part_of_another_tag() {
    let (valid, invalid) = (Tag::new("a", "b:c"), Tag::new("a:b", "c"));
    assert_ne!(valid, invalid);
    assert_eq!(Tag::from_stored("a:b:c"), valid);
    assert_eq!((valid.key(), valid.value()), ("a", "b:c"));
    assert_eq!((invalid.key(), invalid.value()), ("a:b", "c"));
    assert_eq!(valid.check(), Ok(()));
    assert!(invalid.check().is_err());
}

#[test]
fn a_tag_with_such_a_key_can_be_refused_at_once() {
    let error = Tag::try_new("a:b", "c").unwrap_err();
    assert!(error.to_string().contains("\"a:b\""), "{error}");
    for key in ["", "a", "größe", "a b"] {
        let tag = Tag::try_new(key, "x:y").unwrap();
        assert_eq!(tag, Tag::from_stored(&format!("{key}:x:y")));
        assert_eq!((tag.key(), tag.value()), (key, "x:y"));
    }
    let other = Tag::from_stored("no key");
    assert_eq!((other.key(), other.value()), ("no key", ""));
}
