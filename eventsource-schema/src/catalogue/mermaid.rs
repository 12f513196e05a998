//! The diagram of the flow of events.

use std::fmt::Write as _;

use super::Catalogue;
use super::event::Event;
use super::program::{Aggregate, Command, Kind, Subscriber};

/// The number of arrows up to which web pages render a diagram.
pub(super) const MOST_ARROWS: usize = 500;

const ARROW: &str = " --> ";

/// The colours of the notes in event storming. The text is dark on all of them, so that it is readable
/// on a dark page, too.
const COLOURS: [&str; 5] = [
    "classDef command fill:#a6d1f7,stroke:#4a86b8,color:#111",
    "classDef event fill:#ffc56e,stroke:#c47f12,color:#111",
    "classDef unread fill:#ffe3b8,stroke:#c47f12,color:#111,stroke-dasharray:4 3",
    "classDef projection fill:#b5dfa4,stroke:#5a9440,color:#111",
    "classDef reactor fill:#dcc2ee,stroke:#8d5fb0,color:#111",
];

/// Draws the whole catalogue.
pub(super) fn whole(catalogue: &Catalogue) -> String {
    draw(catalogue, &|_| true)
}

/// Draws the part around one aggregate.
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
    diagram.subscribers();
    for colour in COLOURS {
        diagram.line(colour);
    }
    diagram.text
}

/// A diagram in progress. A node is named by its kind and its index in the catalogue: `a0`, `e3`, `r1`.
struct Diagram<'c> {
    catalogue: &'c Catalogue,
    /// The events to show.
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
            self.command_arrows(&node, at, command);
        }
    }

    /// Draws the arrows from a command to its events.
    fn command_arrows(&mut self, command: &str, at: usize, of: &Command) {
        if of.is_open(&self.catalogue.aggregates[at]) {
            return self.arrow(command, &format!("a{at}"));
        }
        for (index, event) in self.visible_events() {
            if of.events.contains(&event.name) {
                self.arrow(command, &format!("e{index}"));
            }
        }
    }

    /// Draws the events of an aggregate, or those without one.
    fn events(&mut self, aggregate: Option<usize>) {
        for (index, event) in self.visible_events() {
            if self.catalogue.owner(event) == aggregate {
                let is_read = self.catalogue.subscribers_of(event.name).next().is_some();
                let class = if is_read { "event" } else { "unread" };
                self.line(&format!("e{index}[\"{}\"]:::{class}", escaped(event.name)));
            }
        }
    }

    fn visible_events(&self) -> Vec<(usize, &'c Event)> {
        let events = self.catalogue.events.iter().enumerate();
        events
            .filter(|(_, event)| (self.shows)(event.name))
            .collect()
    }

    /// Draws the subscribers that receive one of the events, directly or through others.
    fn subscribers(&mut self) {
        for (index, subscriber) in self.catalogue.subscribers.iter().enumerate() {
            let source = self.catalogue.source(subscriber);
            let comes = |(_, event): &(usize, &Event)| source.events.contains(&event.name);
            if self.visible_events().iter().any(comes) {
                self.subscriber(&format!("r{index}"), subscriber);
            }
        }
    }

    fn subscriber(&mut self, node: &str, subscriber: &Subscriber) {
        let name = escaped(subscriber.name);
        self.line(&match subscriber.kind {
            Kind::Projection => format!("{node}[(\"{name}\")]:::projection"),
            Kind::Reactor => format!("{node}{{{{\"{name}\"}}}}:::reactor"),
        });
        for (index, event) in self.visible_events() {
            if subscriber.events.contains(&event.name) {
                self.arrow(&format!("e{index}"), node);
            }
        }
        if let Some(leader) = self.catalogue.leader(subscriber) {
            self.arrow(&format!("r{leader}"), node);
        }
    }
}

/// Escapes a name for use in quotes. Characters other than letters and digits may be syntax there.
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
