//! Printing what was measured, a line as soon as it is known.

use crate::harness::Row;

const LEGEND: &str = "
ours, limit  medians of interleaved rounds in this run
ratio        how near to the limit, 1.00 is as fast: ours/limit of a rate, limit/ours of a duration
spread       (largest - smallest) / median of the ratios of single rounds";

/// Where rows go.
pub(crate) struct Report {
    json: bool,
}

impl Report {
    /// A table, or JSON.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Tells where this was measured; beside JSON, not in it.
    pub(crate) fn begin(&self, machine: &str) {
        if self.json {
            return eprintln!("{machine}");
        }
        println!("{machine}\n");
        let [workload, unit, ours] = ["workload", "unit", "ours"];
        println!(
            "{workload:<26} {unit:<10} {ours:>12} {:>12} {:>6} {:>7}",
            "limit", "ratio", "spread"
        );
    }

    /// Adds a row.
    pub(crate) fn row(&self, row: &Row) {
        println!("{}", if self.json { json(row) } else { line(row) });
    }

    /// Says how to read the table.
    pub(crate) fn end(&self) {
        if !self.json {
            println!("{LEGEND}");
        }
    }
}

fn json(row: &Row) -> String {
    let Row {
        workload,
        unit,
        ours,
        limit,
        ratio,
        spread,
    } = row;
    serde_json::json!({
        "workload": workload,
        "unit": unit,
        "ours": ours,
        "limit": limit,
        "ratio": ratio,
        "spread": spread,
    })
    .to_string()
}

fn line(row: &Row) -> String {
    let limit = row.limit.map_or_else(|| "-".to_owned(), figure);
    let ratio = row
        .ratio
        .map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
    format!(
        "{:<26} {:<10} {:>12} {limit:>12} {ratio:>6} {:>6.0}%",
        row.workload,
        row.unit,
        figure(row.ours),
        row.spread * 100.0
    )
}

/// Small figures with a decimal.
fn figure(figure: f64) -> String {
    if figure < 1000.0 {
        format!("{figure:.1}")
    } else {
        format!("{figure:.0}")
    }
}
