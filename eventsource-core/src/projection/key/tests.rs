//! Keys as bytes.

use proptest::prelude::*;

use super::*;
use crate::store::Limits;

fn part() -> impl Strategy<Value = KeyPart> {
    let text = prop_oneof![
        "[\u{0}\u{1}a-c\u{ff}]{0,6}",
        any::<String>(),
        "\\PC{0,400}".prop_map(|text| text),
    ];
    prop_oneof![
        any::<i64>().prop_map(KeyPart::Integer),
        (-2_i64..3).prop_map(KeyPart::Integer),
        text.prop_map(KeyPart::Text),
    ]
}

fn parts() -> impl Strategy<Value = Vec<KeyPart>> {
    proptest::collection::vec(part(), 0..5)
}

proptest! {
    #[test]
    fn bytes_are_in_the_order_of_parts(one in parts(), other in parts()) {
        let (one_key, other_key) = (Key::from_parts(one.clone()), Key::from_parts(other.clone()));
        prop_assume!(!one_key.is_shortened() && !other_key.is_shortened());
        prop_assert_eq!(one_key.as_bytes().cmp(other_key.as_bytes()), one.cmp(&other));
        prop_assert_eq!(one_key.cmp(&other_key), one.cmp(&other));
    }

    #[test]
    fn parts_come_back(parts in parts()) {
        let key = Key::from_parts(parts.clone());
        prop_assume!(!key.is_shortened());
        prop_assert_eq!(key.parts(), parts.clone());
        prop_assert_eq!(key.len(), parts.len());
        for (index, part) in parts.iter().enumerate() {
            let found = match part {
                KeyPart::Integer(integer) => key.integer(index) == Some(*integer),
                KeyPart::Text(text) => key.text(index).as_deref() == Some(text),
            };
            prop_assert!(found);
        }
        prop_assert_eq!(Key::from_bytes(key.as_bytes()), Ok(key));
    }

    /// Any bytes are an error, or those of exactly one key.
    #[test]
    fn bytes_make_one_key_or_an_error(bytes in hostile()) {
        if let Ok(key) = Key::from_bytes(&bytes) {
            prop_assert_eq!(key.as_bytes(), &bytes[..]);
            if !key.is_shortened() {
                prop_assert_eq!(Key::from_parts(key.parts()), key.clone());
            }
            prop_assert_eq!(Key::of(&key), key);
        }
    }

    #[test]
    fn a_shortened_key_comes_back(parts in parts(), long in "\\PC{1024,1400}") {
        let mut parts = parts;
        parts.push(KeyPart::Text(long));
        let key = Key::from_parts(parts.clone());
        prop_assert!(key.is_shortened());
        prop_assert!(key.as_bytes().len() <= Limits::DEFAULT.key_bytes);
        prop_assert_eq!(Key::from_bytes(key.as_bytes()), Ok(key.clone()));
        prop_assert_eq!(Key::of(&key), key.clone());
        for (found, part) in key.parts().iter().zip(&parts) {
            let same = match (found, part) {
                (KeyPart::Text(found), KeyPart::Text(text)) => text.starts_with(found.as_str()),
                (found, part) => found == part,
            };
            prop_assert!(same);
        }
    }
}

/// Bytes of which many are nearly a key.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        Just(0_u8),
        Just(1),
        Just(2),
        Just(3),
        Just(0xff),
        any::<u8>()
    ];
    let near = (
        parts(),
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    );
    let near = near.prop_map(|(parts, changes)| {
        let mut bytes = Key::from_parts(parts).as_bytes().to_vec();
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes
    });
    prop_oneof![proptest::collection::vec(byte, 0..40), near]
}

#[test]
fn bytes_of_keys_are_fixed() {
    let key = Key::of(&(-1, "a\0b"));
    let integer = [1, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let text = [2, b'a', 0, 0xff, b'b', 0, 0];
    assert_eq!(key.as_bytes(), [&integer[..], &text[..]].concat());
}

#[test]
fn a_key_has_1024_bytes_at_most() {
    let longest = Key::of(&"x".repeat(Limits::DEFAULT.key_bytes - 3));
    assert_eq!(
        (longest.as_bytes().len(), longest.is_shortened()),
        (1_024, false)
    );
    let longer = Key::of(&"x".repeat(Limits::DEFAULT.key_bytes - 2));
    assert!(longer.is_shortened());
    assert_eq!(longer.to_string(), "Key(shortened)");
    let bytes = [longest.as_bytes(), &[1; 9]].concat();
    assert_eq!(
        Key::from_bytes(&bytes),
        Err(KeyError::TooLong { bytes: 1_033 })
    );
}

#[test]
fn a_shortened_key_among_others_makes_another() {
    let long = Key::of(&"x".repeat(2_000));
    let keys = [
        Key::of(&(&long, 5)),
        Key::of(&(5, &long)),
        Key::of(&(&long, &long)),
        long.clone(),
        Key::of(&(&long, &long, 5)),
    ];
    for (index, key) in keys.iter().enumerate() {
        assert!(key.is_shortened());
        assert_eq!(Key::from_bytes(key.as_bytes()).as_ref(), Ok(key));
        assert!(!keys[..index].contains(key));
    }
}

#[test]
fn no_error_shows_bytes() {
    let cases: [(&[u8], KeyError); 6] = [
        (&[7], KeyError::Kind { at: 0 }),
        (&[1, 2, 3], KeyError::Incomplete { at: 0 }),
        (&[2, b'a'], KeyError::Incomplete { at: 0 }),
        (&[2, 0xfe, 0, 0], KeyError::Utf8 { at: 0 }),
        (&[2, b'a', 0, 7], KeyError::Escape { at: 2 }),
        (&[3, 1], KeyError::Incomplete { at: 0 }),
    ];
    for (bytes, error) in cases {
        assert_eq!(Key::from_bytes(bytes), Err(error));
    }
}
