//! The source of a crate with many events.

use std::fmt::Write as _;

/// The numbers of items of a generated crate.
#[derive(Clone, Copy)]
pub(super) struct Program {
    pub(super) structs: usize,
    /// Of 5 variants.
    pub(super) enums: usize,
    pub(super) projections: usize,
}

/// The way in which the events of a crate are written.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// With serde alone, and a function that writes and one that reads each type as JSON.
    Serde,
    /// With `#[event]`, aggregates of all of them, and a runner with the projections.
    Event,
    /// The same, and the program knows what its events look like.
    Schema,
}

impl Way {
    /// The attributes above the type of an event.
    const fn mark(self) -> &'static str {
        match self {
            Self::Serde => DERIVES,
            _ => "#[eventsource_core::event]",
        }
    }

    pub(super) const fn features(self) -> &'static str {
        match self {
            Self::Serde | Self::Event => "",
            Self::Schema => "\"schema\"",
        }
    }
}

const DERIVES: &str = "#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]";

const FIELDS: [&str; 10] = [
    "String",
    "u32",
    "Option<i64>",
    "Vec<String>",
    "bool",
    "Money",
    "Channel",
    "f64",
    "BTreeMap<String, u64>",
    "u64",
];

impl Program {
    /// Its only file.
    pub(super) fn source(self, way: Way) -> String {
        let mark = way.mark();
        let mut source = format!(
            "use std::collections::BTreeMap;\n\
         {DERIVES} pub struct Money {{ pub cents: i64, pub currency: String }}\n\
         {DERIVES} pub enum Channel {{ Web, Shop {{ id: u32 }}, Phone(String) }}\n"
        );
        source.extend((0..self.structs).map(|i| {
            let fields = fields(i, "pub ");
            format!("{mark} pub struct Happened{i} {{ {fields} }}\n")
        }));
        source.extend((0..self.enums).map(|i| {
            let variant = |j: usize| {
                format!(
                    "Happened{j} {{ {} }}, ",
                    fields(self.structs + i * 5 + j, "")
                )
            };
            let variants: String = (0..5).map(variant).collect();
            format!("{mark} pub enum Set{i}Event {{ {variants} }}\n")
        }));
        source += &match way {
            Way::Serde => self.read_and_written() + &self.rows_by_hand(),
            _ => self.aggregates() + &self.projections(),
        };
        source
    }

    /// Aggregates of all events, each of 5 structs or of an enum.
    fn aggregates(self) -> String {
        let mut aggregates = String::new();
        for i in 0..self.structs / 5 {
            let events = (i * 5..i * 5 + 5).map(|event| format!("Happened{event}"));
            let events: Vec<_> = events.collect();
            let list = format!("events({})", events.join(", "));
            aggregates += &aggregate(&format!("Of{i}"), &list, &events);
        }
        for i in 0..self.enums {
            let set = format!("Set{i}Event");
            aggregates += &aggregate(&format!("OfSet{i}"), &format!("event = {set}"), &[set]);
        }
        aggregates
    }

    /// The code that `#[event]` writes as well: each event becomes bytes, and an event again.
    fn read_and_written(self) -> String {
        let structs = (0..self.structs).map(|i| format!("Happened{i}"));
        let enums = (0..self.enums).map(|i| format!("Set{i}Event"));
        structs.chain(enums).map(|event| by_hand(&event)).collect()
    }

    /// Projections of 5 structs or of an enum, and a runner with all of them.
    fn projections(self) -> String {
        let mut source = String::new();
        for i in 0..self.projections {
            let events = self.events_of(i);
            let list = match &events[..] {
                [set] => format!("event = {set}"),
                structs => format!("events({})", structs.join(", ")),
            };
            source += &projection(i, &list, &events);
        }
        let projects = (0..self.projections).map(|i| format!(".project::<Row{i}>()"));
        if self.projections > 0 {
            let _ = write!(
                source,
                "pub fn runner(store: eventsource_core::MemoryStore) -> eventsource_core::Runner {{\n    \
                     let rows = eventsource_core::MemoryReadModels::new();\n    \
                     eventsource_core::Runner::new(store, rows){}\n\
                 }}\n",
                projects.collect::<String>()
            );
        }
        source
    }

    /// The same rows, and a function that reads, changes and writes one of each.
    fn rows_by_hand(self) -> String {
        (0..self.projections)
            .map(|i| row_by_hand(i, &self.events_of(i)))
            .collect()
    }

    /// The events of the `i`th projection.
    fn events_of(self, i: usize) -> Vec<String> {
        let groups = self.structs / 5;
        match i % (groups + self.enums) {
            group if group < groups => (group * 5..group * 5 + 5)
                .map(|event| format!("Happened{event}"))
                .collect(),
            set => vec![format!("Set{}Event", set - groups)],
        }
    }
}

/// Four of different types.
fn fields(event: usize, vis: &str) -> String {
    let field = |i: usize| {
        let of = FIELDS[(event * 3 + i) % FIELDS.len()];
        format!("{vis}field_{i}: {of}, ")
    };
    (0..4).map(field).collect()
}

fn aggregate(state: &str, events: &str, applied: &[String]) -> String {
    let mut aggregate = format!(
        "#[derive(eventsource_core::Aggregate, Default)]\n\
         #[aggregate({events})]\n\
         pub struct {state}(u64);\n"
    );
    aggregate.extend(applied.iter().map(|event| {
        format!(
            "impl eventsource_core::Apply<{event}> for {state} {{\n    \
                 fn apply(&mut self, _: {event}) {{ self.0 += 1; }}\n\
             }}\n"
        )
    }));
    aggregate
}

fn by_hand(event: &str) -> String {
    let name = event.to_lowercase();
    format!(
        "pub fn write_{name}(event: &{event}) -> serde_json::Result<Vec<u8>> {{\n    \
             serde_json::to_vec(event)\n\
         }}\n\
         pub fn read_{name}(payload: &[u8]) -> serde_json::Result<{event}> {{\n    \
             serde_json::from_slice(payload)\n\
         }}\n"
    )
}

const ROW: &str =
    "pub events: u64, pub last: Option<String>, pub names: Vec<String>, pub total: i64";

fn projection(i: usize, list: &str, projected: &[String]) -> String {
    let mut projection = format!(
        "#[derive(eventsource_core::Projection, Default, serde::Serialize, serde::Deserialize)]\n\
         #[projection(name = \"row-{i}\", version = 1, key = root_id, {list})]\n\
         pub struct Row{i} {{ {ROW} }}\n"
    );
    projection.extend(projected.iter().map(|event| {
        format!(
            "impl eventsource_core::Project<{event}> for Row{i} {{\n    \
                 fn project(&mut self, _: &eventsource_core::Recorded<{event}>) {{ self.events += 1; }}\n\
             }}\n"
        )
    }));
    projection
}

fn row_by_hand(i: usize, projected: &[String]) -> String {
    let arms = projected.iter().map(|event| {
        let name = event.to_lowercase();
        format!("\"{name}\" => {{ read_{name}(payload)?; row.events += 1; }}\n        ")
    });
    format!(
        "#[derive(Default, serde::Serialize, serde::Deserialize)]\n\
         pub struct Row{i} {{ {ROW} }}\n\
         pub fn project_{i}(row: &str, name: &str, payload: &[u8]) -> serde_json::Result<String> {{\n    \
             let mut row: Row{i} = serde_json::from_str(row)?;\n    \
             match name {{\n        {}_ => {{}}\n    }}\n    \
             serde_json::to_string(&row)\n\
         }}\n",
        arms.collect::<String>()
    )
}
