//! The kinds of changes of a shape.

use eventsource_shape::Shape;

use super::compare;
use crate::lock::change::Verdict;
use crate::lock::file::LockFile;

#[test]
fn equal_shapes_have_no_changes() {
    for shape in [
        "sku: text",
        "price: tuple\n        0: f64\n        1: char",
        "..: anything",
    ] {
        assert_eq!(changes(shape, shape), [""; 0]);
    }
}

#[test]
fn the_order_of_fields_and_of_variants_is_no_change() {
    assert_eq!(
        changes("a: text\n    b: text", "b: text\n    a: text"),
        [""; 0]
    );
    assert_eq!(
        changes(
            "a: one of\n        A: nothing\n        B: nothing",
            "a: one of\n        B: nothing\n        A: nothing"
        ),
        [""; 0]
    );
}

#[test]
fn a_field_that_may_be_left_out_is_added() {
    assert_eq!(
        changes("sku: text", "sku: text\n    note?: optional text"),
        ["compatible: `note` is new, and may be left out"]
    );
    assert_eq!(
        changes(
            "a: fields, no others\n        b: text",
            "a: fields, no others\n        b: text\n        note?: text"
        ),
        ["readers first: `a.note` is new, and may be left out"]
    );
    assert_eq!(
        changes("..: text", "note?: text\n    ..: text"),
        ["BREAKING: `note` is new; before, `flatten` collected a field with this name"]
    );
}

#[test]
fn a_field_that_is_required_is_added() {
    assert_eq!(
        changes("sku: text", "sku: text\n    note: text\n    size: u8"),
        [
            "BREAKING: `note` is new, and stored events do not have it; #[serde(default)] above it, or an `Option`",
            "BREAKING: `size` is new, and stored events do not have it; #[serde(default)] above it, or an `Option`",
        ]
    );
}

#[test]
fn a_field_is_removed() {
    assert_eq!(
        changes("sku: text\n    size: u8", "sku: text"),
        ["BREAKING: `size` is gone"]
    );
    assert_eq!(
        changes("sku: text\n    size: u8", "sku: text\n    ..: anything"),
        [
            "BREAKING: `size` is gone",
            "compatible: the payload keeps unknown fields",
        ]
    );
}

#[test]
fn a_field_is_renamed() {
    assert_eq!(
        changes("sku: text\n    size: u8", "code: text\n    size: u8"),
        [
            "BREAKING: `code` is new, and `sku`, of the same shape, is gone: was it renamed?; #[serde(alias = \"sku\")] above `code`"
        ]
    );
    assert_eq!(
        changes("sku: text", "code or sku: text"),
        ["readers first: `sku` is called `code` now",]
    );
    assert_eq!(
        changes("code or sku: text", "code or id: text"),
        [
            "BREAKING: `code` is no longer read as `sku`; #[serde(alias = \"sku\")] above it",
            "compatible: `code` is read as `id`, too",
        ]
    );
}

#[test]
fn a_field_may_be_left_out_or_may_not() {
    assert_eq!(
        changes("sku: text", "sku?: text"),
        ["readers first: `sku` may be left out now"]
    );
    assert_eq!(
        changes("sku?: text", "sku: text"),
        ["BREAKING: `sku` may not be left out any more; #[serde(default)] above it"]
    );
}

#[test]
fn a_value_becomes_optional_or_plain() {
    assert_eq!(
        changes("sku: text", "sku: optional text"),
        ["readers first: `sku` can be `null` now"]
    );
    assert_eq!(
        changes("sku: u32", "sku: optional u16"),
        [
            "readers first: `sku` can be `null` now",
            "BREAKING: `sku` does not accept every value that it accepted",
        ]
    );
    assert_eq!(
        changes("sku: optional text", "sku: text"),
        ["BREAKING: `sku` cannot be `null` any more"]
    );
}

#[test]
fn numbers_get_wider_or_narrower() {
    let wider = ["readers first: `n` accepts more values now"];
    for (locked, now) in [
        ("u8", "u16"),
        ("i8", "i64"),
        ("u32", "i64"),
        ("f32", "f64"),
        ("char", "text"),
    ] {
        assert_eq!(
            changes(&format!("n: {locked}"), &format!("n: {now}")),
            wider,
            "{locked} {now}"
        );
    }
    let narrower = ["BREAKING: `n` does not accept every value that it accepted"];
    for (locked, now) in [
        ("u16", "u8"),
        ("i8", "u64"),
        ("u32", "i32"),
        ("u8", "f64"),
        ("f64", "f32"),
        ("text", "char"),
        ("u8", "bool"),
        ("text", "bytes"),
    ] {
        assert_eq!(
            changes(&format!("n: {locked}"), &format!("n: {now}")),
            narrower,
            "{locked} {now}"
        );
    }
}

#[test]
fn the_rules_of_a_text_change() {
    let date = "on: text like \"1970-01-01\"";
    assert_eq!(
        changes(date, "on: text"),
        ["readers first: `on` accepts more values now"]
    );
    for now in [date, "on: text like \"a@b.c\""] {
        let locked = if now == date { "on: text" } else { date };
        assert_eq!(
            changes(locked, now),
            ["BREAKING: `on` does not accept every value that it accepted"]
        );
    }
}

#[test]
fn a_value_becomes_another_type() {
    for (locked, now) in [
        ("text", "list of text"),
        ("list of text", "text"),
        ("fields", "text"),
        ("anything", "text"),
        ("nothing", "fields"),
        ("tuple", "list of u8"),
        ("itself, A", "text"),
    ] {
        assert_eq!(
            changes(&format!("a: {locked}"), &format!("a: {now}")),
            ["BREAKING: `a` is another type"],
            "{locked} {now}"
        );
    }
    assert_eq!(
        changes("a: list of text", "a: anything"),
        ["readers first: `a` can be anything now"]
    );
}

#[test]
fn a_recursive_type_is_renamed() {
    assert_eq!(
        changes(
            "of?: optional itself, Category",
            "of?: optional itself, Kind"
        ),
        [
            "BREAKING: `of` refers to `Kind`, and referred to `Category`; #[serde(rename = \"Category\")] on `Kind`, if it was renamed in the code"
        ]
    );
}

#[test]
fn changes_name_their_path() {
    let within = |kind: &str| {
        format!(
            "a: list of map of text to fields\n        b: tuple\n            0: text\n            1: optional {kind}"
        )
    };
    assert_eq!(
        changes(&within("u16"), &within("u8")),
        ["BREAKING: `a[]{}.b.1` does not accept every value that it accepted"]
    );
    assert_eq!(
        changes("a: map of u16 to text", "a: map of u8 to text"),
        ["BREAKING: `a{key}` does not accept every value that it accepted"]
    );
}

#[test]
fn variants_come_and_go() {
    let one_of = |variants: &str| {
        format!("by: one of\n        Card: fields\n            number: text\n        {variants}")
    };
    assert_eq!(
        changes(
            &one_of("Cash: nothing"),
            &one_of("Cash: nothing\n        Cheque: text")
        ),
        ["readers first: `by.Cheque` is new"]
    );
    assert_eq!(
        changes(
            &one_of("Cash: nothing\n        Cheque: text"),
            &one_of("Cash: nothing")
        ),
        ["BREAKING: `by.Cheque` is gone"]
    );
    assert_eq!(
        changes(&one_of("Cash: nothing"), &one_of("Coins or Cash: nothing")),
        ["readers first: `by.Cash` is called `Coins` now"]
    );
    assert_eq!(
        changes(&one_of("Cash: u8"), &one_of("Coins: u8")),
        [
            "BREAKING: `by.Cash` is gone, and `Coins`, of the same shape, is new: was it renamed?; #[serde(alias = \"Cash\")] above `Coins`",
            "readers first: `by.Coins` is new",
        ]
    );
    assert_eq!(
        changes(&one_of("Coins or Cash: u8"), &one_of("Coins: u16")),
        [
            "BREAKING: `by.Coins` is no longer read as `Cash`; #[serde(alias = \"Cash\")] above it",
            "readers first: `by.Coins` accepts more values now",
        ]
    );
}

#[test]
fn a_variant_without_fields_is_given_some() {
    let one_of = |by: &str, cash: &str| format!("by: one of{by}\n        Cash: {cash}");
    let fields = "fields\n            coins?: u8";
    assert_eq!(
        changes(
            &one_of(", by type", "nothing"),
            &one_of(", by type", fields)
        ),
        ["compatible: `by.Cash.coins` is new, and may be left out"]
    );
    for by in ["", ", by type and content"] {
        assert_eq!(
            changes(&one_of(by, "nothing"), &one_of(by, fields)),
            ["BREAKING: `by.Cash` is another type"]
        );
    }
}

#[test]
fn the_tagging_changes() {
    let one_of = |by: &str| format!("by: one of{by}\n        Cash: nothing");
    for now in [", by type", ", by kind and content"] {
        assert_eq!(
            changes(&one_of(""), &one_of(now)),
            ["BREAKING: `by` is another type"]
        );
    }
}

#[test]
fn the_treatment_of_unknown_fields_changes() {
    let cases = [
        (
            "fields",
            "fields, no others",
            "BREAKING: `a` rejects unknown fields",
        ),
        (
            "fields, no others",
            "fields",
            "readers first: `a` accepts unknown fields",
        ),
        (
            "fields\n        ..: text",
            "fields",
            "BREAKING: `a` loses unknown fields",
        ),
        (
            "fields",
            "fields\n        ..: text",
            "compatible: `a` keeps unknown fields",
        ),
        (
            "fields\n        ..: u8",
            "fields\n        ..: u16",
            "readers first: `a...` accepts more values now",
        ),
    ];
    for (locked, now, change) in cases {
        assert_eq!(
            changes(&format!("a: {locked}"), &format!("a: {now}")),
            [change]
        );
    }
}

#[test]
fn an_event_without_fields_is_given_some() {
    let nothing = Shape::Unit;
    let describe_change = |locked: &Shape, now: &Shape| describe(locked, now);
    assert_eq!(
        describe_change(&nothing, &shape("note?: text")),
        ["compatible: `note` is new, and may be left out"]
    );
    assert_eq!(
        describe_change(&shape("note?: text"), &nothing),
        ["BREAKING: `note` is gone"]
    );
    assert_eq!(describe_change(&nothing, &Shape::Unit), [""; 0]);
}

/// The changes between two lists of fields, as a lock has them.
fn changes(locked: &str, now: &str) -> Vec<String> {
    describe(&shape(locked), &shape(now))
}

fn describe(locked: &Shape, now: &Shape) -> Vec<String> {
    let changes = compare(locked, now).into_iter().map(|change| {
        let verdict = match change.verdict {
            Verdict::Compatible => "compatible",
            Verdict::ReadersFirst => "readers first",
            Verdict::StopOldFirst => "alone first",
            Verdict::Breaking => "BREAKING",
        };
        let write = change.write.map(|write| format!("; {write}"));
        format!("{verdict}: {}{}", change.what, write.unwrap_or_default())
    });
    changes.collect()
}

fn shape(fields: &str) -> Shape {
    let lock = LockFile::parse(&format!("format 1\nevent x 1\n    {fields}\n"));
    let mut lock = lock.unwrap_or_else(|refused| panic!("{fields}: {refused:?}"));
    lock.events.pop_first().unwrap().1.shape
}
