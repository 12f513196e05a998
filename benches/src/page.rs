//! The table of the guide, made of several runs with `--json`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Result;
use crate::harness::{Measured, Row, median, spread};
use crate::report::figure;

/// Between these lines a page has the table.
const BEGIN: &str = "<!-- speed: made by scripts/speed -->\n";
const END: &str = "<!-- speed: end -->\n";

/// Writes the table into a page.
pub(crate) fn write(page: &Path, runs: &[PathBuf]) -> Result<()> {
    let runs = runs.iter().map(|run| Run::read(run));
    let table = table(&runs.collect::<Result<Vec<_>>>()?)?;
    let text = fs::read_to_string(page)?;
    fs::write(page, replaced(&text, &table)?)?;
    Ok(())
}

/// The output of a program.
struct Run {
    machine: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Machine {
    machine: String,
}

impl Run {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)?;
        let mut lines = text.lines();
        let machine: Machine = serde_json::from_str(lines.next().ok_or("an empty run")?)?;
        let rows = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
        Ok(Self {
            machine: machine.machine,
            rows,
        })
    }
}

/// The page with another table.
fn replaced(page: &str, table: &str) -> Result<String> {
    let (before, rest) = page.split_once(BEGIN).ok_or("a page without a table")?;
    let (_, after) = rest.split_once(END).ok_or("a table without an end")?;
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

fn table(runs: &[Run]) -> Result<String> {
    let first = runs.first().ok_or("no runs")?;
    let mut table = format!(
        "\n{} runs: {}.\n\n\
         | workload | | unit | ours | limit | ratio | spread | CPU ours | limit | ratio | spread |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
        runs.len(),
        runs.iter()
            .map(|run| &*run.machine)
            .collect::<Vec<_>>()
            .join("; ")
    );
    for row in &first.rows {
        let of_runs = runs.iter().map(|run| run.row(&row.workload));
        let rows = of_runs.collect::<Result<Vec<_>>>()?;
        let figures: Vec<_> = rows.iter().map(|row| row.figure).collect();
        let cpu: Option<Vec<_>> = rows.iter().map(|row| row.cpu).collect();
        let mark = if rows.iter().all(|row| row.is_steady()) {
            ""
        } else {
            " \\*"
        };
        writeln!(
            table,
            "| `{}`{mark} | {} | {} | {} | {} |",
            row.workload,
            row.about,
            row.unit,
            cells(&figures),
            cpu.map_or_else(|| "– | – | – | –".to_owned(), |cpu| cells(&cpu)),
        )?;
    }
    table.push('\n');
    Ok(table)
}

impl Run {
    fn row(&self, workload: &str) -> Result<&Row> {
        let row = self.rows.iter().find(|row| row.workload == workload);
        row.ok_or_else(|| format!("a run without {workload}").into())
    }
}

/// Medians of the runs, and how far their ratios lie apart.
fn cells(runs: &[Measured]) -> String {
    let ours: Vec<f64> = runs.iter().map(|run| run.ours).collect();
    let limits: Option<Vec<f64>> = runs.iter().map(|run| run.limit).collect();
    let ratios: Option<Vec<f64>> = runs.iter().map(|run| run.ratio).collect();
    let spread = spread(ratios.as_ref().unwrap_or(&ours));
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    format!(
        "{} | {} | {} | {:.0} %",
        figure(median(&ours)),
        or_none(limits.map(|limits| figure(median(&limits)))),
        or_none(ratios.map(|ratios| format!("{:.2}", median(&ratios)))),
        spread * 100.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(ours: f64) -> Run {
        let measured = Measured {
            ours,
            limit: Some(2.0),
            ratio: Some(2.0 / ours),
            spread: 0.0,
        };
        let row = Row {
            workload: "store.append".to_owned(),
            about: "commits".to_owned(),
            unit: "µs".to_owned(),
            figure: measured,
            cpu: None,
        };
        Run {
            machine: "2 CPUs".to_owned(),
            rows: vec![row],
        }
    }

    #[test]
    fn a_row_has_the_medians_of_the_runs_and_the_spread_between_them() -> Result<()> {
        let table = table(&[run(1.0), run(4.0), run(2.0)])?;
        let row = "| `store.append` | commits | µs | 2.00 | 2.00 | 1.00 | 150 % | – | – | – | – |";
        assert!(table.contains(row), "{table}");
        Ok(())
    }

    #[test]
    fn nothing_of_a_page_changes_but_its_table() -> Result<()> {
        let page = |table| format!("above\n{BEGIN}{table}{END}below\n");
        assert_eq!(replaced(&page("old\n"), "new\n")?, page("new\n"));
        assert!(replaced("no table", "new\n").is_err());
        Ok(())
    }

    #[test]
    fn a_row_that_a_run_does_not_have_is_an_error() {
        let mut other = run(1.0);
        other.rows.clear();
        assert!(table(&[run(1.0), other]).is_err());
    }
}
