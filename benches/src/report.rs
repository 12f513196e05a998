//! Printing what was measured, a line as soon as it is known.

use std::fmt::Write as _;

use crate::harness::{Measured, Row};

const LEGEND: &str = "
ours, limit  medians of interleaved rounds in this run; less is better
CPU          user and system time of all threads, for the same unit
ratio        how near to the limit: limit / ours, 1.00 is as good
spread       (largest - smallest) / median of the ratios of single rounds
*            the spread of the times or of the CPU times stayed above 15 % in each try";

/// The output of the rows.
pub(crate) struct Report {
    json: bool,
}

impl Report {
    /// A table, or JSON.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints where this was measured.
    pub(crate) fn begin(&self, machine: &str) {
        if self.json {
            return println!("{}", serde_json::json!({ "machine": machine }));
        }
        println!("{machine}\n");
        let [workload, unit] = ["workload", "unit"];
        let columns = |ours| format!("{ours:>10} {:>10} {:>6} {:>7}", "limit", "ratio", "spread");
        println!(
            "{workload:<26} {unit:<11} {} {}",
            columns("ours"),
            columns("CPU ours")
        );
    }

    /// Adds a row.
    pub(crate) fn row(&self, row: &Row) {
        if self.json {
            println!("{}", serde_json::json!(row));
        } else {
            println!("{}", line(row));
        }
    }

    /// Says how to read the table.
    pub(crate) fn end(&self) {
        if !self.json {
            println!("{LEGEND}");
        }
    }
}

fn line(row: &Row) -> String {
    let mut line = format!(
        "{:<26} {:<11} {}",
        row.workload,
        row.unit,
        half(&row.figure)
    );
    if let Some(cpu) = &row.cpu {
        let _ = write!(line, " {}", half(cpu));
    }
    if !row.is_steady() {
        line.push_str(" *");
    }
    line
}

fn half(measured: &Measured) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    format!(
        "{:>10} {:>10} {:>6} {:>6.0}%",
        figure(measured.ours),
        or_none(measured.limit.map(figure)),
        or_none(measured.ratio.map(|ratio| format!("{ratio:.2}"))),
        measured.spread * 100.0
    )
}

/// Three digits of small figures.
pub(crate) fn figure(figure: f64) -> String {
    match figure {
        ..1.0 => format!("{figure:.3}"),
        ..10.0 => format!("{figure:.2}"),
        ..100.0 => format!("{figure:.1}"),
        _ => format!("{figure:.0}"),
    }
}
