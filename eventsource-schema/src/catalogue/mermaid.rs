//! What leads to what, as a diagram.

use std::fmt::Write as _;

use super::Catalogue;
use super::event::Event;
use super::program::{Aggregate, Command, Kind, Reader};

/// Who shows such diagrams on the web refuses those with more.
pub(super) const MOST_ARROWS: usize = 500;

const ARROW: &str = " --> ";

/// The colours of the notes that people stick to a wall to find out what happens. The text is dark
/// on all of them, whatever is around the diagram.
const COLOURS: [&str; 5] = [
    "classDef command fill:#a6d1f7,stroke:#4a86b8,color:#111",
    "classDef event fill:#ffc56e,stroke:#c47f12,color:#111",
    "classDef unread fill:#ffe3b8,stroke:#c47f12,color:#111,stroke-dasharray:4 3",
    "classDef projection fill:#b5dfa4,stroke:#5a9440,color:#111",
    "classDef reactor fill:#dcc2ee,stroke:#8d5fb0,color:#111",
];

/// Everything.
pub(super) fn whole(catalogue: &Catalogue) -> String {
    draw(catalogue, &|_| true)
}

/// What has to do with one aggregate.
pub(super) fn part(catalogue: &Catalogue, aggregate: &Aggregate) -> String {
    draw(catalogue, &|event| aggregate.events.contains(&event))
}

pub(super) fn arrows(diagram: &str) -> usize {
    diagram.matches(ARROW).count()
}

fn draw(catalogue: &Catalogue, shows: &dyn Fn(&str) -> bool) -> String {
    let mut diagram = Diagram {
        catalogue,
        shows,
        text: "flowchart LR\n".to_owned(),
    };
    for (at, aggregate) in catalogue.aggregates.iter().enumerate() {
        diagram.aggregate(at, aggregate);
    }
    diagram.events(None);
    diagram.readers();
    for colour in COLOURS {
        diagram.line(colour);
    }
    diagram.text
}

/// A node is named by what it is and its place in the catalogue: `a0`, `e3`, `r1`.
struct Diagram<'c> {
    catalogue: &'c Catalogue,
    /// Which events are to be seen.
    shows: &'c dyn Fn(&str) -> bool,
    text: String,
}

impl<'c> Diagram<'c> {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "    {line}");
    }

    fn arrow(&mut self, from: &str, to: &str) {
        self.line(&format!("{from}{ARROW}{to}"));
    }

    fn aggregate(&mut self, at: usize, aggregate: &Aggregate) {
        if !aggregate.events.iter().any(|event| (self.shows)(event)) {
            return;
        }
        self.line(&format!("subgraph a{at}[\"{}\"]", escaped(aggregate.ident)));
        self.events(Some(at));
        self.line("end");
        for (index, command) in aggregate.commands.iter().enumerate() {
            let node = format!("c{at}_{index}");
            self.line(&format!(
                "{node}([\"{}\"]):::command",
                escaped(command.ident)
            ));
            self.caused(&node, at, command);
        }
    }

    /// From a command to what follows.
    fn caused(&mut self, command: &str, at: usize, of: &Command) {
        if of.is_open(&self.catalogue.aggregates[at]) {
            return self.arrow(command, &format!("a{at}"));
        }
        for (index, event) in self.shown() {
            if of.events.contains(&event.name) {
                self.arrow(command, &format!("e{index}"));
            }
        }
    }

    /// The events of an aggregate, or those that are of none.
    fn events(&mut self, aggregate: Option<usize>) {
        for (index, event) in self.shown() {
            if self.catalogue.owner(event) == aggregate {
                let is_read = self.catalogue.readers_of(event.name).next().is_some();
                let class = if is_read { "event" } else { "unread" };
                self.line(&format!("e{index}[\"{}\"]:::{class}", escaped(event.name)));
            }
        }
    }

    fn shown(&self) -> Vec<(usize, &'c Event)> {
        let events = self.catalogue.events.iter().enumerate();
        events
            .filter(|(_, event)| (self.shows)(event.name))
            .collect()
    }

    /// Those to whom one of the events comes, and be it by way of others.
    fn readers(&mut self) {
        for (index, reader) in self.catalogue.readers.iter().enumerate() {
            let source = self.catalogue.source(reader);
            let comes = |(_, event): &(usize, &Event)| source.events.contains(&event.name);
            if self.shown().iter().any(comes) {
                self.reader(&format!("r{index}"), reader);
            }
        }
    }

    fn reader(&mut self, node: &str, reader: &Reader) {
        let name = escaped(reader.name);
        self.line(&match reader.kind {
            Kind::Projection => format!("{node}[(\"{name}\")]:::projection"),
            Kind::Reactor => format!("{node}{{{{\"{name}\"}}}}:::reactor"),
        });
        for (index, event) in self.shown() {
            if reader.events.contains(&event.name) {
                self.arrow(&format!("e{index}"), node);
            }
        }
        if let Some(leader) = self.catalogue.leader(reader) {
            self.arrow(&format!("r{leader}"), node);
        }
    }
}

/// A name as it can stand in quotes: what is neither a letter nor a digit may mean something there.
fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    for c in name.chars() {
        match c {
            '-' | '.' | '_' => escaped.push(c),
            c if c.is_alphanumeric() => escaped.push(c),
            c => {
                let _ = write!(escaped, "#{};", u32::from(c));
            }
        }
    }
    escaped
}
