use std::path::PathBuf;
use std::{env, fs};

use eventsource_core::schema::FieldItem;
use eventsource_shape::{Field, Fields, Scalar, Shape, Tagging, UnknownFields, Variant};
use uuid::Uuid;

use super::event::{Event, Version};
use super::json::Json;
use super::program::{Aggregate, Command, Kind, Subscriber};
use super::{Catalogue, CatalogueError, is_within, json_schema};

fn version(name: &'static str, number: u32) -> Version {
    Version {
        name,
        number,
        aliases: &[],
        tags: &[],
        path: format!("shop::{name}"),
        docs: "It happened.",
        is_variant: false,
        unread: None,
        fields: &[],
        shape: Shape::Unit,
        samples: vec![Json::fields([])],
    }
}

fn cart(events: &[&'static str], commands: Vec<Command>) -> Aggregate {
    Aggregate {
        ident: "Cart",
        docs: "",
        category: "cart",
        events: events.to_vec(),
        ignores: &[],
        commands,
    }
}

fn command(ident: &'static str, events: &[&'static str]) -> Command {
    let events = events.to_vec();
    Command { ident, events }
}

fn subscriber(name: &'static str, events: &[&'static str]) -> Subscriber {
    Subscriber {
        kind: Kind::Projection,
        name,
        docs: "",
        events: events.to_vec(),
        follows: None,
    }
}

fn follower(name: &'static str, follows: &'static str) -> Subscriber {
    Subscriber {
        follows: Some(follows),
        ..subscriber(name, &[])
    }
}

fn catalogue(versions: Vec<Version>) -> Catalogue {
    Catalogue {
        of: vec!["shop".to_owned()],
        events: Event::all(versions).unwrap(),
        aggregates: Vec::new(),
        subscribers: Vec::new(),
    }
}

fn text() -> Shape {
    Shape::Scalar {
        kind: Scalar::Text,
        example: None,
    }
}

fn field(name: &str, shape: Shape) -> Field {
    Field {
        name: name.to_owned(),
        aliases: Vec::new(),
        required: true,
        shape,
    }
}

fn fields(fields: impl Into<Vec<Field>>) -> Shape {
    Shape::Fields(Fields {
        fields: fields.into(),
        unknown_fields: UnknownFields::Ignored,
    })
}

fn variant(name: &str, shape: Shape) -> Variant {
    Variant {
        name: name.to_owned(),
        aliases: Vec::new(),
        shape,
    }
}

/// A folder that is removed on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(env::temp_dir().join(Uuid::now_v7().to_string()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_module_includes_its_submodules() {
    assert!(is_within("shop", "shop"));
    assert!(is_within("shop::cart", "shop"));
    assert!(!is_within("shopping", "shop"));
    assert!(!is_within("shop", "shop::cart"));
}

#[test]
fn a_version_that_is_defined_twice_is_an_error_with_both_paths() {
    let twice = Event::all(vec![version("paid", 1), version("paid", 1)]).unwrap_err();
    assert!(twice.to_string().starts_with(
        "version 1 of event `paid` is defined twice, as `shop::paid` and as `shop::paid`;"
    ));
}

#[test]
fn all_untraceable_events_are_reported_together() {
    let events = ["`A`: why", "`B`: why"].map(str::to_owned).into();
    let error = CatalogueError::Untraceable { events }.to_string();
    assert!(error.contains("`sample = Self::samples`"), "{error}");
    assert!(error.ends_with(":\n- `A`: why\n- `B`: why"), "{error}");
}

#[test]
fn an_event_without_subscribers_is_unread() {
    let meant = Version {
        unread: Some("kept for the audit"),
        ..version("meant", 1)
    };
    let mut catalogue = catalogue(vec![version("read", 1), version("unread", 1), meant]);
    catalogue.subscribers = vec![subscriber("all", &["read"]), follower("more", "all")];
    assert_eq!(catalogue.unread(), ["unread"]);
    let markdown = catalogue.markdown();
    assert!(markdown.contains("**Nobody reads it.**"));
    assert!(markdown.contains("Nobody reads it, and that is meant: kept for the audit."));
}

#[test]
fn an_outdated_unread_mark_is_reported() {
    let marked = Version {
        unread: Some("kept for the audit"),
        ..version("paid", 1)
    };
    let mut catalogue = catalogue(vec![marked]);
    catalogue.subscribers = vec![subscriber("sales", &["paid"])];
    let expected =
        "Read by the projection `sales`. **`unread = \"kept for the audit\"` says otherwise";
    assert!(catalogue.markdown().contains(expected));
}

#[test]
fn earlier_versions_follow_the_newest() {
    let catalogue = catalogue(vec![version("paid", 1), version("paid", 2)]);
    let markdown = catalogue.markdown();
    let [today, earlier] = ["version 2, [JSON", "version 1, [JSON"].map(|it| markdown.find(it));
    assert!(today.is_some() && today < earlier, "{markdown}");
    assert_eq!(markdown.matches("### `paid`").count(), 1);
    assert_eq!(catalogue.json_schemas().len(), 2);
}

#[test]
fn nested_values_follow_their_parent() {
    let line = fields([field("sku", text())]);
    let paid = [
        variant("Cash", Shape::Unit),
        variant("Card", fields([field("number", text())])),
    ];
    let inside = Shape::OneOf(Tagging::Internal("type".to_owned()), paid.clone().into());
    let shape = fields([
        field("lines", Shape::List(line.into())),
        field("outside", Shape::OneOf(Tagging::External, paid.into())),
        field("inside", inside),
        Field {
            aliases: vec!["remark".to_owned()],
            required: false,
            ..field("note", Shape::Optional(text().into()))
        },
    ]);
    let markdown = catalogue(vec![Version {
        shape,
        fields: &[FieldItem {
            ident: "lines",
            docs: "What was bought.",
            of: "Vec<Line>",
        }],
        ..version("paid", 1)
    }])
    .markdown();
    let table = "\
| `lines` | list of objects (`Vec<Line>`) | What was bought. |
| `lines[].sku` | text |  |
| `outside` | one of `Cash`, `Card` |  |
| `outside.Card.number` | text |  |
| `inside` | object |  |
| `inside.type` | one of `Cash`, `Card` |  |
| `inside.number` | text | Of `Card`. |
| `note` | optional text | Also read as `remark`. |
";
    assert!(markdown.contains(table), "{markdown}");
}

#[test]
fn an_internal_tag_is_among_the_fields() {
    let closed = Shape::Fields(Fields {
        fields: vec![field("number", text())],
        unknown_fields: UnknownFields::Denied,
    });
    let variants = vec![variant("Cash", Shape::Unit), variant("Card", closed)];
    let version = Version {
        shape: Shape::OneOf(Tagging::Internal("type".to_owned()), variants),
        ..version("paid", 1)
    };
    let schema: serde_json::Value = serde_json::from_str(&json_schema::of(&version)).unwrap();
    let [cash, card] = schema["oneOf"].as_array().unwrap().as_slice() else {
        panic!("there are two");
    };
    assert_eq!(cash["properties"]["type"]["const"], "Cash");
    assert_eq!(cash["required"], serde_json::json!(["type"]));
    assert_eq!(card["properties"]["type"]["const"], "Card");
    assert_eq!(card["required"], serde_json::json!(["type", "number"]));
    assert_eq!(card["additionalProperties"], false);
}

#[test]
fn a_renamed_field_has_its_description() {
    const WRITTEN: &[FieldItem] = &[
        FieldItem {
            ident: "r#type",
            docs: "By name.",
            of: "String",
        },
        FieldItem {
            ident: "first_name",
            docs: "By place.",
            of: "String",
        },
    ];
    let version = Version {
        shape: fields([field("type", text()), field("firstName", text())]),
        fields: WRITTEN,
        ..version("named", 1)
    };
    let schema: serde_json::Value = serde_json::from_str(&json_schema::of(&version)).unwrap();
    let properties = &schema["properties"];
    assert_eq!(properties["type"]["description"], "By name.");
    assert_eq!(properties["firstName"]["description"], "By place.");
}

#[test]
fn a_command_points_at_its_events() {
    let names = ["added", "removed"];
    let mut catalogue = catalogue(names.map(|name| version(name, 1)).into());
    let commands = vec![command("Add", &["added"]), command("Undo", &names)];
    catalogue.aggregates = vec![cart(&names, commands)];
    let diagram = catalogue.mermaid();
    assert!(diagram.contains("c0_0 --> e0\n"), "{diagram}");
    assert!(diagram.contains("c0_1 --> a0\n"), "{diagram}");
    assert_eq!(diagram.matches(" --> ").count(), 2, "{diagram}");
}

#[test]
fn a_following_projection_comes_after_its_leader() {
    let mut catalogue = catalogue(vec![version("paid", 1)]);
    catalogue.subscribers = vec![
        follower("best-of-best", "best"),
        follower("best", "sales"),
        subscriber("sales", &["paid"]),
        subscriber("elsewhere", &["unknown"]),
    ];
    let diagram = catalogue.mermaid();
    assert!(diagram.contains("e0 --> r2\n"), "{diagram}");
    assert!(diagram.contains("r2 --> r1\n"), "{diagram}");
    assert!(diagram.contains("r1 --> r0\n"), "{diagram}");
    assert!(!diagram.contains("elsewhere"), "{diagram}");
}

#[test]
fn names_are_escaped_in_the_diagram() {
    let catalogue = catalogue(vec![version("a\"]\n-->`#;é", 1)]);
    let diagram = catalogue.mermaid();
    let escaped = "e0[\"a#34;#93;#10;--#62;#96;#35;#59;é\"]:::unread\n";
    assert!(diagram.contains(escaped), "{diagram}");
}

#[test]
fn a_large_diagram_is_split_by_aggregate() {
    let names: Vec<&'static str> = (0..600_u32)
        .map(|number| &*Box::leak(format!("event-{number}").into_boxed_str()))
        .collect();
    let mut catalogue = catalogue(names.iter().map(|name| version(name, 1)).collect());
    let (one, other) = names.split_at(300);
    catalogue.aggregates = vec![cart(one, Vec::new()), cart(other, Vec::new())];
    catalogue.subscribers = vec![subscriber("all", &names)];
    let markdown = catalogue.markdown();
    let diagrams: Vec<_> = markdown.split("```mermaid").skip(1).collect();
    assert_eq!(diagrams.len(), 2);
    for diagram in diagrams {
        let diagram = diagram.split("```").next().unwrap();
        assert_eq!(diagram.matches(" --> ").count(), 300);
    }
    assert!(!markdown.starts_with("# Events of `shop`\n\n```mermaid"));
}

#[test]
fn a_written_catalogue_is_current_until_something_changes() {
    let folder = Folder::new();
    let (one, two) = (vec![version("paid", 1)], vec![version("left", 1)]);
    let (one, two) = (catalogue(one), catalogue(two));
    one.write_to(&folder.0).unwrap();
    one.check(&folder.0).unwrap();
    let own = folder.0.join("schemas/notes.json");
    fs::write(&own, "").unwrap();
    let CatalogueError::Outdated { files, .. } = two.check(&folder.0).unwrap_err() else {
        panic!("it is another one");
    };
    let different = [
        "schemas/left.v1.json is not there",
        "schemas/paid.v1.json is of no event",
    ];
    assert_eq!(files[1..], different);
    let [at, kept, written] = *files[0].lines().collect::<Vec<_>>() else {
        panic!("{}", files[0]);
    };
    assert_eq!(at, "README.md, line 5:");
    assert!(kept.starts_with("- ") && kept.contains("paid"), "{kept}");
    assert!(
        written.starts_with("+ ") && written.contains("left"),
        "{written}"
    );
    two.write_to(&folder.0).unwrap();
    two.check(&folder.0).unwrap();
    assert!(own.exists());
}

/// The error stays short, so that the output of a failed test is readable.
#[test]
fn only_the_first_differences_are_printed() {
    let folder = Folder::new();
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let catalogue = catalogue(names.map(|name| version(name, 1)).into());
    let printed = catalogue.check(&folder.0).unwrap_err().to_string();
    assert!(printed.contains("README.md is not there\n"), "{printed}");
    assert!(printed.ends_with("\nand 3 more"), "{printed}");
    assert_eq!(printed.lines().count(), 7, "{printed}");
}

/// Code in another language would assume seconds or milliseconds.
#[test]
fn a_timestamp_is_documented_as_microseconds() {
    const FIELDS: &[FieldItem] = &[
        FieldItem {
            ident: "at",
            docs: "When.",
            of: "Option<eventsource_core::Timestamp>",
        },
        FieldItem {
            ident: "count",
            docs: "",
            of: "i64",
        },
    ];
    let number = || Shape::Scalar {
        kind: Scalar::Signed(64),
        example: None,
    };
    let mut version = version("paid", 1);
    version.fields = FIELDS;
    version.shape = fields([field("at", number()), field("count", number())]);
    let schema = json_schema::of(&version);
    let expected = "When.\\n\\nMicroseconds since the start of 1970 (UTC).";
    assert!(schema.contains(expected), "{schema}");
    assert_eq!(schema.matches("Microseconds").count(), 1, "{schema}");
}

#[test]
fn a_file_can_have_the_name_of_any_event() {
    let folder = Folder::new();
    let catalogue = catalogue(vec![version("a/../b:é", 1)]);
    catalogue.write_to(&folder.0).unwrap();
    catalogue.check(&folder.0).unwrap();
    assert!(
        folder
            .0
            .join("schemas/a~2f..~2fb~3a~c3~a9.v1.json")
            .exists()
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_with_its_path() {
    let file = Folder::new();
    fs::write(&file.0, "").unwrap();
    let error = catalogue(vec![version("paid", 1)]).write_to(&file.0);
    fs::remove_file(&file.0).unwrap();
    let CatalogueError::Io { path, .. } = error.unwrap_err() else {
        panic!("it cannot be written");
    };
    assert_eq!(path, file.0.join("schemas"));
}
