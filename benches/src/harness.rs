//! Measuring two ways to do one thing.

use serde::{Deserialize, Serialize};

use crate::Result;

/// A row whose ratios of single rounds lie further apart is measured again.
const STEADY: f64 = 0.15;

/// One thing, done by the framework and by hand. Each call measures once, and checks that what
/// was done is right.
pub(crate) trait Sides {
    /// The cost to the framework.
    fn ours(&mut self) -> Result<Cost>;

    /// The cost of the same by hand, if it was written.
    fn limit(&mut self) -> Result<Option<Cost>>;
}

/// The cost of a unit of work in a round. Less is better in each unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Mostly the time on the clock.
    pub(crate) figure: f64,
    /// User and system time of all threads, where that is measured.
    pub(crate) cpu: Option<f64>,
}

impl Cost {
    /// Builds a cost that is not a time.
    pub(crate) const fn of(figure: f64) -> Self {
        Self { figure, cpu: None }
    }
}

/// The unit of a figure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// Microseconds for each.
    Commit,
    Decision,
    Event,
    Load,
    Snapshot,
    /// Microseconds.
    Micros,
    Seconds,
    Crates,
    MiB,
}

impl Unit {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Commit => "µs/commit",
            Self::Decision => "µs/decision",
            Self::Event => "µs/event",
            Self::Load => "µs/load",
            Self::Snapshot => "µs/snapshot",
            Self::Micros => "µs",
            Self::Seconds => "s",
            Self::Crates => "crates",
            Self::MiB => "MiB",
        }
    }
}

type Prepare = Box<dyn FnOnce() -> Result<Box<dyn Sides>>>;

/// A row of the table that is not measured yet.
pub(crate) struct Workload {
    name: &'static str,
    about: &'static str,
    unit: Unit,
    prepare: Prepare,
}

/// The number of measurements of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Each side in a try.
    pub(crate) rounds: u16,
    /// At most, until a try is steady.
    pub(crate) tries: u16,
}

impl Workload {
    /// A workload that `prepare` makes ready, which is not measured.
    pub(crate) fn new<S: Sides + 'static>(
        name: &'static str,
        about: &'static str,
        unit: Unit,
        prepare: impl FnOnce() -> Result<S> + 'static,
    ) -> Self {
        let prepare = Box::new(|| Ok(Box::new(prepare()?) as Box<dyn Sides>));
        Self {
            name,
            about,
            unit,
            prepare,
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// A text that says what is measured, and what the limit is.
    pub(crate) const fn about(&self) -> &'static str {
        self.about
    }

    /// Measures the sides in turn, so that what the machine does meanwhile hits both. What is
    /// measured first, before caches are warm, does not count. The steadiest try is the row.
    pub(crate) fn measure(self, effort: Effort) -> Result<Row> {
        let mut sides = (self.prepare)()?;
        let mut best: Option<Row> = None;
        round(&mut *sides)?;
        for _ in 0..effort.tries {
            let rounds = (0..effort.rounds).map(|_| round(&mut *sides));
            let rounds = rounds.collect::<Result<Vec<_>>>()?;
            let row = Row::new(self.name, self.about, self.unit, &rounds);
            if best
                .as_ref()
                .is_none_or(|best| row.spread() < best.spread())
            {
                best = Some(row);
            }
            if best.as_ref().is_some_and(Row::is_steady) {
                break;
            }
        }
        best.ok_or_else(|| "no try was asked for".into())
    }
}

type Round = (Cost, Option<Cost>);

fn round(sides: &mut dyn Sides) -> Result<Round> {
    Ok((sides.ours()?, sides.limit()?))
}

/// A row of the table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) workload: String,
    pub(crate) about: String,
    pub(crate) unit: String,
    /// Mostly times on the clock.
    pub(crate) figure: Measured,
    pub(crate) cpu: Option<Measured>,
}

/// The sides of a row beside each other.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// The median.
    pub(crate) ours: f64,
    /// The median.
    pub(crate) limit: Option<f64>,
    /// The ratio limit / ours of the medians: 1 is as good as the limit, less is worse.
    pub(crate) ratio: Option<f64>,
    /// The spread of the ratios of single rounds, or of our figures if there is no limit.
    pub(crate) spread: f64,
}

impl Row {
    fn new(workload: &'static str, about: &'static str, unit: Unit, rounds: &[Round]) -> Self {
        let figures = rounds.iter();
        let figures = figures.map(|(ours, limit)| (ours.figure, limit.map(|it| it.figure)));
        let cpu = rounds.iter();
        let cpu = cpu.map(|(ours, limit)| Some((ours.cpu?, limit.and_then(|it| it.cpu))));
        let cpu: Option<Vec<_>> = cpu.collect();
        Self {
            workload: workload.to_owned(),
            about: about.to_owned(),
            unit: unit.name().to_owned(),
            figure: Measured::new(&figures.collect::<Vec<_>>()),
            cpu: cpu.map(|cpu| Measured::new(&cpu)),
        }
    }

    /// The larger one.
    pub(crate) fn spread(&self) -> f64 {
        let cpu = self.cpu.map_or(0.0, |cpu| cpu.spread);
        self.figure.spread.max(cpu)
    }

    /// Whether the figures can be trusted.
    pub(crate) fn is_steady(&self) -> bool {
        self.spread() <= STEADY
    }
}

impl Measured {
    fn new(rounds: &[(f64, Option<f64>)]) -> Self {
        let (all_ours, limits): (Vec<_>, Vec<_>) = rounds.iter().copied().unzip();
        let limits: Vec<f64> = limits.into_iter().flatten().collect();
        let ratios = all_ours.iter().zip(&limits);
        let ratios: Vec<f64> = ratios.map(|(ours, limit)| limit / ours).collect();
        let ours = median(&all_ours);
        let limit = (!limits.is_empty()).then(|| median(&limits));
        Self {
            ours,
            limit,
            ratio: limit.map(|limit| limit / ours),
            spread: spread(if ratios.is_empty() {
                &all_ours
            } else {
                &ratios
            }),
        }
    }
}

/// The figure in the middle.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}

/// From the smallest to the largest, in parts of the median; of figures that are all 0, 0.
pub(crate) fn spread(figures: &[f64]) -> f64 {
    let largest = figures.iter().copied().fold(f64::MIN, f64::max);
    let smallest = figures.iter().copied().fold(f64::MAX, f64::min);
    if largest > smallest {
        (largest - smallest) / median(figures)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "these are exact")]
    fn a_side_that_costs_less_than_the_limit_is_above_one() {
        let measured = Measured::new(&[(2.0, Some(3.0)), (2.0, Some(3.0))]);
        assert_eq!(measured.ratio, Some(1.5));
        assert_eq!(measured.spread, 0.0);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "these are exact")]
    fn a_median_does_not_follow_a_single_outlier() {
        assert_eq!(median(&[1.0, 900.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 900.0]), 3.0);
    }

    /// Costs what the list says, one after the other.
    struct Listed(Rc<Cell<usize>>, &'static [f64]);

    impl Sides for Listed {
        fn ours(&mut self) -> Result<Cost> {
            let next = self.0.get();
            self.0.set(next + 1);
            Ok(Cost::of(self.1[next % self.1.len()]))
        }

        fn limit(&mut self) -> Result<Option<Cost>> {
            Ok(Some(Cost::of(1.0)))
        }
    }

    fn measured(costs: &'static [f64], tries: u16) -> Result<(Row, usize)> {
        let calls = Rc::new(Cell::new(0));
        let sides = Listed(Rc::clone(&calls), costs);
        let workload = Workload::new("listed", "", Unit::Micros, || Ok(sides));
        let row = workload.measure(Effort { rounds: 2, tries })?;
        Ok((row, calls.get()))
    }

    #[test]
    fn a_row_is_measured_again_until_it_is_steady() -> Result<()> {
        // The first call does not count.
        let (row, calls) = measured(&[9.0, 1.0, 2.0, 1.0, 1.0, 7.0], 3)?;
        assert!(row.is_steady());
        assert_eq!(calls, 5);
        Ok(())
    }

    #[test]
    fn a_row_that_stays_unsteady_is_the_steadiest_of_its_tries() -> Result<()> {
        let (row, calls) = measured(&[9.0, 1.0, 8.0, 4.0, 5.0, 1.0, 9.0], 3)?;
        assert!(!row.is_steady());
        assert_eq!((row.figure.ours, calls), (4.5, 7));
        Ok(())
    }
}
