//! The catalogue of a program that is only linked.

use eventsource_schema::{Catalogue, CatalogueError};
use eventsource_schema_tests as _;

fn catalogue() -> Catalogue {
    Catalogue::of_program().unwrap_or_else(|error| panic!("{error}"))
}

/// The part of the document below a heading.
fn below(heading: &str) -> String {
    let markdown = catalogue().markdown();
    let part = markdown
        .split_once(&format!("{heading}\n"))
        .expect(heading)
        .1;
    let end = part.find("\n#").unwrap_or(part.len());
    part[..end].to_owned()
}

#[test]
fn an_aggregate_is_told_with_its_commands() {
    let cart = below("## Cart");
    for line in [
        "A cart.",
        "Its streams have the category `cart`; what is left in them of `cart.painted` is ignored.",
        "| `AddItem` | `cart.item-added` |",
        "| `LookAround` | nothing |",
        "| `DoAnything`, `AddAndCheckOut` | any of the events |",
    ] {
        assert!(cart.contains(line), "{line}\n{cart}");
    }
}

#[test]
fn an_event_is_told_with_all_its_versions_and_its_readers() {
    let added = below("### `cart.item-added`");
    let (today, before) = added.split_once("<details>").unwrap();
    assert!(
        today.contains("| `quantity` | u32 | The number of pieces. |"),
        "{today}"
    );
    assert!(today.contains("version 2, [JSON Schema](schemas/cart.item-added.v2.json)"));
    assert!(
        today.ends_with("Read by the projection `demand`.\n\n"),
        "{today}"
    );
    assert!(
        before.contains("Version 1: a cart had at most one piece of each item."),
        "{before}"
    );
    assert!(!before.contains("quantity"), "{before}");
}

#[test]
fn the_diagram_goes_from_commands_over_events_to_those_who_read_them() {
    let diagram = catalogue().mermaid();
    let node = |label: &str| {
        let line = diagram
            .lines()
            .find(|line| line.contains(&format!("\"{label}\"")));
        let line = line.expect(label).trim().trim_start_matches("subgraph ");
        line.split(['[', '(', '{']).next().unwrap().to_owned()
    };
    for (from, to) in [
        ("AddItem", "cart.item-added"),
        ("DoAnything", "Cart"),
        ("cart.item-added", "demand"),
        ("demand", "best-sellers"),
        ("lamp.flickered", "receipts"),
    ] {
        let arrow = format!("{} --> {}\n", node(from), node(to));
        assert!(diagram.contains(&arrow), "{from} to {to}:\n{diagram}");
    }
}

#[test]
fn events_of_no_aggregate_are_told_as_well() {
    assert!(
        catalogue()
            .markdown()
            .contains("## Events of no aggregate\n\n### `cart.posted`")
    );
}

#[test]
fn a_module_without_events_has_no_catalogue() {
    let error = Catalogue::of_module("eventsource_schema").unwrap_err();
    assert!(matches!(
        &error,
        CatalogueError::NoEvents { module: Some(_) }
    ));
    assert!(
        error
            .to_string()
            .starts_with("no event of `eventsource_schema` is linked;")
    );
}
