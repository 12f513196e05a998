//! The table of a payload's values.

use std::fmt::Write as _;

use eventsource_core::schema::FieldItem;
use eventsource_shape::{Field, Fields, Shape, Tagging, Variant};

use crate::catalogue::event::Version;
use crate::catalogue::text::{cell, code, list, summary};

use super::words::words;

/// A row: one value of a payload.
struct Row {
    /// The path of the value: `lines[].sku`.
    at: String,
    what: String,
    meaning: String,
}

/// The table of the values of a payload; empty if it has none.
pub(super) fn table(version: &Version) -> String {
    let rows = rows(version);
    let has_meaning = rows.iter().any(|row| !row.meaning.is_empty());
    let mut table = match (rows.is_empty(), has_meaning) {
        (true, _) => return String::new(),
        (_, true) => "| field | type | meaning |\n|---|---|---|\n".to_owned(),
        (_, false) => "| field | type |\n|---|---|\n".to_owned(),
    };
    for Row { at, what, meaning } in rows {
        let _ = write!(table, "| {} | {} |", cell(&code(&at)), cell(&what));
        if has_meaning {
            let _ = write!(table, " {} |", cell(&meaning));
        }
        table.push('\n');
    }
    table
}

fn rows(version: &Version) -> Vec<Row> {
    let mut rows = Vec::new();
    match &version.shape {
        Shape::Unit => {}
        Shape::Fields(fields) => {
            for (index, field) in fields.fields.iter().enumerate() {
                add_field(&mut rows, "", field, version.written(fields, index));
            }
        }
        shape => {
            let written = version.fields.first();
            add(&mut rows, "(payload)", shape, written);
        }
    }
    rows
}

fn add_field(rows: &mut Vec<Row>, at: &str, field: &Field, written: Option<&FieldItem>) {
    let row = rows.len();
    add(rows, &join(at, &field.name), &field.shape, written);
    let row = &mut rows[row];
    row.what = match (&field.shape, field.required) {
        (Shape::Optional(inner), true) => format!("{} or null", words(inner)),
        (Shape::Optional(_), false) | (_, true) => std::mem::take(&mut row.what),
        (_, false) => format!("optional {}", row.what),
    };
    if !field.aliases.is_empty() {
        let aliases: Vec<_> = field.aliases.iter().map(|alias| code(alias)).collect();
        let _ = write!(row.meaning, " Also read as {}.", list(&aliases));
        row.meaning = row.meaning.trim_start().to_owned();
    }
}

/// Adds a value, and those in it.
fn add(rows: &mut Vec<Row>, at: &str, shape: &Shape, written: Option<&FieldItem>) {
    let mut what = words(shape);
    if let Some(written) = written.filter(|written| says_more(written.of)) {
        let _ = write!(what, " ({})", code(written.of));
    }
    rows.push(Row {
        at: at.to_owned(),
        what,
        meaning: written.map_or_else(String::new, |item| summary(item.docs)),
    });
    add_parts(rows, at, shape);
}

/// Whether a type has a name that its shape does not show.
fn says_more(of: &str) -> bool {
    const PLAIN: [&str; 9] = [
        "Box", "BTreeMap", "BTreeSet", "HashMap", "HashSet", "Option", "String", "Vec", "VecDeque",
    ];
    let names = of.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut own =
        names.filter(|name| name.starts_with(char::is_uppercase) && !PLAIN.contains(name));
    own.next().is_some()
}

fn add_parts(rows: &mut Vec<Row>, at: &str, shape: &Shape) {
    match shape {
        Shape::Fields(Fields { fields, .. }) => {
            for field in fields {
                add_field(rows, at, field, None);
            }
        }
        Shape::Optional(inner) => add_parts(rows, at, inner),
        Shape::List(item) => add_parts(rows, &format!("{at}[]"), item),
        Shape::Map(_, value) => add_parts(rows, &format!("{at}.*"), value),
        Shape::Tuple(items) => {
            for (index, item) in items.iter().enumerate() {
                add_parts(rows, &format!("{at}[{index}]"), item);
            }
        }
        Shape::OneOf(tagging, variants) => add_variants(rows, at, tagging, variants),
        Shape::Unit | Shape::Scalar { .. } | Shape::Anything | Shape::Recursive(_) => {}
    }
}

fn add_variants(rows: &mut Vec<Row>, at: &str, tagging: &Tagging, variants: &[Variant]) {
    if let Tagging::Internal(tag) | Tagging::Adjacent { tag, .. } = tagging {
        rows.push(Row {
            at: join(at, tag),
            what: super::words::one_of(variants),
            meaning: String::new(),
        });
    }
    for variant in variants
        .iter()
        .filter(|variant| variant.shape != Shape::Unit)
    {
        let first = rows.len();
        match (tagging, &variant.shape) {
            (Tagging::External, shape) => {
                let at = join(at, &variant.name);
                match shape {
                    Shape::Fields(_) => add_parts(rows, &at, shape),
                    _ => add(rows, &at, shape, None),
                }
                continue;
            }
            (Tagging::Internal(_), shape) => add_parts(rows, at, shape),
            (Tagging::Adjacent { content, .. }, shape) => {
                add(rows, &join(at, content), shape, None);
            }
        }
        for row in &mut rows[first..] {
            if row.meaning.is_empty() {
                row.meaning = format!("Of {}.", code(&variant.name));
            }
        }
    }
}

fn join(at: &str, name: &str) -> String {
    match at {
        "" => name.to_owned(),
        at => format!("{at}.{name}"),
    }
}
