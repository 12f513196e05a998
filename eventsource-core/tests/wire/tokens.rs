//! Streams as tokens.

use eventsource_core::StreamId;
use eventsource_core::store::Limits;
use eventsource_core::uuid::Uuid;
use eventsource_core::wire::StreamToken;
use proptest::prelude::*;

const ID: &str = "01937a5e00007000800000000000000f";

/// Tokens are in stores, so these never change.
#[test]
fn the_token_of_a_stream_never_changes() {
    let id: Uuid = ID.parse().unwrap();
    for (tenant, category, start) in [
        ("", "cart", "_.cart."),
        ("acme", "gift-card", "acme.gift-card."),
        ("Acme", "gift_card", "_41cme.gift_5fcard."),
        ("a.b", "*>", "a_2eb._2a_3e."),
        ("größe", "🍵", "gr_c3_b6_c3_9fe._f0_9f_8d_b5."),
        ("0-9", "", "0-9._."),
    ] {
        let stream = StreamId::new(category, id).in_tenant(tenant);
        let token = StreamToken::new(&stream);
        assert_eq!(token.as_str(), format!("{start}{ID}"));
        assert_eq!(token.to_string(), token.as_ref());
        assert_eq!(StreamToken::prefix(tenant, category), start);
        let read: StreamToken = token.as_str().parse().unwrap();
        assert_eq!(read.into_stream(), stream);
    }
}

#[test]
fn a_text_that_is_written_in_another_way_is_refused() {
    let of = |start: &str| format!("{start}{ID}");
    assert!(of("a.b.").parse::<StreamToken>().is_ok());
    let upper_id = of("a.b.").to_uppercase().replace("A.B.", "a.b.");
    let hyphens = format!("a.b.{}", ID.parse::<Uuid>().unwrap());
    for text in [
        of(""),
        of("a."),
        of(".b."),
        of("a..b."),
        of("a.b.c."),
        of("A.b."),
        of("_61.b."), // `a`, which is not escaped
        of("_2E.b."),
        of("_2.b."),
        of("__.b."),
        of("_ff.b."), // not UTF-8
        of("ä.b."),
        of("a.b c."),
        of("a.*."),
        of(" a.b."),
        of("a.b.") + " ",
        of("a.b.") + ".",
        of("a.b.")[..30].to_owned(),
        upper_id,
        hyphens,
        String::new(),
        "..".to_owned(),
    ] {
        let refused = text.parse::<StreamToken>();
        assert!(refused.is_err(), "{text}");
    }
}

#[test]
fn the_longest_token_has_the_documented_length() {
    let token = |bytes: usize| {
        let name = "Ä".repeat(bytes / 2) + &"A".repeat(bytes % 2);
        let stream = StreamId::new(name.clone(), Uuid::max()).in_tenant(name);
        StreamToken::new(&stream).as_str().len()
    };
    assert_eq!(token(Limits::DEFAULT.name_bytes), StreamToken::MAX_BYTES);
    assert_eq!(token(36), 250);
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_.-]{0,4}", any::<String>()]
}

fn stream() -> impl Strategy<Value = StreamId> {
    (name(), name(), any::<u128>()).prop_map(|(tenant, category, id)| {
        StreamId::new(category, Uuid::from_u128(id)).in_tenant(tenant)
    })
}

proptest! {
    #[test]
    fn a_token_is_read_back_and_has_few_kinds_of_characters(stream in stream()) {
        let token = StreamToken::new(&stream);
        let is_plain = |it: char| matches!(it, 'a'..='z' | '0'..='9' | '-' | '_' | '.');
        prop_assert!(token.as_str().chars().all(is_plain), "{}", token);
        prop_assert_eq!(token.as_str().split('.').filter(|part| !part.is_empty()).count(), 3);
        let read: StreamToken = token.as_str().parse().unwrap();
        prop_assert_eq!(read.stream(), &stream);
    }

    #[test]
    fn different_streams_have_different_tokens(one in stream(), other in stream()) {
        let tokens = (StreamToken::new(&one), StreamToken::new(&other));
        prop_assert_eq!(one == other, tokens.0.as_str() == tokens.1.as_str());
    }

    #[test]
    fn tokens_of_a_category_sort_by_root_id(
        (tenant, category) in (name(), name()),
        other in stream(),
        ids in any::<[u128; 2]>(),
    ) {
        let token = |id: u128| {
            let id = Uuid::from_u128(id);
            StreamToken::new(&StreamId::new(category.clone(), id).in_tenant(tenant.clone()))
        };
        let (one, two) = (token(ids[0]), token(ids[1]));
        prop_assert_eq!(one.cmp(&two), ids[0].cmp(&ids[1]));
        prop_assert_eq!(one.as_str().cmp(two.as_str()), ids[0].cmp(&ids[1]));
        let prefix = StreamToken::prefix(&tenant, &category);
        prop_assert!(one.as_str().starts_with(&prefix));
        let is_of_it = (other.tenant(), other.category()) == (&*tenant, &*category);
        let other = StreamToken::new(&other);
        prop_assert_eq!(other.as_str().starts_with(&prefix), is_of_it);
    }

    #[test]
    fn a_text_that_is_read_is_the_token(text in "[a-c_0-9.]{0,12}\\.[a-c_0-9]{0,6}\\.[0-9a-f]{32}") {
        if let Ok(token) = text.parse::<StreamToken>() {
            prop_assert_eq!(token.as_str(), &text);
            prop_assert_eq!(StreamToken::new(token.stream()), token);
        }
    }
}
