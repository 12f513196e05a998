//! The Markdown document of a catalogue.

mod event;
mod fields;
mod words;

use std::fmt::Write as _;

use super::event::Event;
use super::program::{Aggregate, Command, Kind, Subscriber};
use super::text::{cell, code, docs, list, summary};
use super::{Catalogue, mermaid};

pub(super) fn of(catalogue: &Catalogue) -> String {
    let whole = mermaid::whole(catalogue);
    let mut document = Document {
        catalogue,
        // A large diagram is split: each aggregate gets its part.
        has_whole: mermaid::arrows(&whole) <= mermaid::MOST_ARROWS,
        text: String::new(),
    };
    document.beginning(&whole);
    for (at, aggregate) in catalogue.aggregates.iter().enumerate() {
        document.aggregate(at, aggregate);
    }
    document.events_of_none();
    document.subscribers();
    document.text
}

struct Document<'c> {
    catalogue: &'c Catalogue,
    /// Whether the diagram is small enough to be drawn as a whole.
    has_whole: bool,
    text: String,
}

impl Document<'_> {
    /// Appends a paragraph, a heading, a table or a block.
    fn put(&mut self, block: &str) {
        if block.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(block.trim_end());
        self.text.push('\n');
    }

    fn beginning(&mut self, whole: &str) {
        let of: Vec<_> = self.catalogue.of.iter().map(|of| code(of)).collect();
        self.put(&format!("# Events of {}", list(&of)));
        if self.has_whole {
            self.diagram(whole);
        }
        self.overview();
    }

    fn diagram(&mut self, diagram: &str) {
        self.put(&format!("```mermaid\n{diagram}```"));
    }

    fn overview(&mut self) {
        let mut table = "| event | what happened | read by |\n|---|---|---|\n".to_owned();
        for event in &self.catalogue.events {
            let link = format!("[{}](#{})", code(event.name), anchor(event.name));
            let (what, by) = (summary(event.today().docs), self.subscribers_of(event));
            let _ = writeln!(table, "| {} | {} | {by} |", cell(&link), cell(&what));
        }
        self.put(&table);
    }

    fn subscribers_of(&self, event: &Event) -> String {
        let subscribers = self.catalogue.subscribers_of(event.name);
        let subscribers: Vec<_> = subscribers
            .map(|subscriber| code(subscriber.name))
            .collect();
        match (subscribers.as_slice(), event.today().unread) {
            ([], None) => "**nobody**".to_owned(),
            ([], Some(_)) => "nobody, as is meant".to_owned(),
            (subscribers, _) => cell(&subscribers.join(", ")),
        }
    }

    fn aggregate(&mut self, at: usize, aggregate: &Aggregate) {
        self.put(&format!("## {}", aggregate.ident));
        self.put(&docs(aggregate.docs));
        self.put(&category(aggregate));
        self.commands(aggregate);
        if !self.has_whole {
            self.diagram(&mermaid::part(self.catalogue, aggregate));
        }
        self.events(Some(at));
    }

    fn commands(&mut self, aggregate: &Aggregate) {
        if aggregate.commands.is_empty() {
            return;
        }
        let mut table = "| command | may lead to |\n|---|---|\n".to_owned();
        let leads_to = |command: &Command| leads_to(command, aggregate);
        for alike in aggregate
            .commands
            .chunk_by(|a, b| leads_to(a) == leads_to(b))
        {
            let idents: Vec<_> = alike.iter().map(|command| code(command.ident)).collect();
            let _ = writeln!(table, "| {} | {} |", idents.join(", "), leads_to(&alike[0]));
        }
        self.put(&table);
    }

    fn events_of_none(&mut self) {
        let events = self.catalogue.events.iter();
        if events
            .clone()
            .any(|event| self.catalogue.owner(event).is_none())
        {
            self.put("## Events of no aggregate");
            self.events(None);
        }
    }

    fn events(&mut self, aggregate: Option<usize>) {
        for event in &self.catalogue.events {
            if self.catalogue.owner(event) == aggregate {
                self.event(event);
            }
        }
    }

    fn subscribers(&mut self) {
        for (kind, heading) in [
            (Kind::Projection, "## Projections"),
            (Kind::Reactor, "## Reactors"),
        ] {
            let subscribers = self.catalogue.subscribers.iter();
            let mut subscribers = subscribers
                .filter(|subscriber| subscriber.kind == kind)
                .peekable();
            if subscribers.peek().is_none() {
                continue;
            }
            let mut table = "| name | what it is | reads |\n|---|---|---|\n".to_owned();
            for subscriber in subscribers {
                let (name, what) = (code(subscriber.name), summary(subscriber.docs));
                let _ = writeln!(
                    table,
                    "| {} | {} | {} |",
                    cell(&name),
                    cell(&what),
                    reads(subscriber)
                );
            }
            self.put(heading);
            self.put(&table);
        }
    }
}

fn category(aggregate: &Aggregate) -> String {
    let category = code(aggregate.category);
    let ignored: Vec<_> = aggregate.ignores.iter().map(|name| code(name)).collect();
    match ignored.as_slice() {
        [] => format!("Its streams have the category {category}."),
        ignored => {
            let ignored = list(ignored);
            format!(
                "Its streams have the category {category}; what is left in them of {ignored} is ignored."
            )
        }
    }
}

fn leads_to(command: &Command, aggregate: &Aggregate) -> String {
    if command.events.is_empty() {
        return "nothing".to_owned();
    }
    if command.is_open(aggregate) {
        return "any of the events".to_owned();
    }
    let events: Vec<_> = command.events.iter().map(|event| code(event)).collect();
    cell(&events.join(", "))
}

fn reads(subscriber: &Subscriber) -> String {
    if let Some(leader) = subscriber.follows {
        return format!("the rows of {}", cell(&code(leader)));
    }
    let events: Vec<_> = subscriber.events.iter().map(|event| code(event)).collect();
    cell(&events.join(", "))
}

/// The anchor of an event's heading, as most Markdown renderers make it.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
    heading.to_lowercase().chars().filter(kept).collect()
}
