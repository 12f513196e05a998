//! Measuring two ways to do one thing.

use crate::Result;

/// One thing, done by the framework and by hand. Each call measures once, and checks that what
/// was done is right.
pub(crate) trait Sides {
    /// The figure of the framework.
    fn ours(&mut self) -> Result<f64>;

    /// The figure of the same by hand, if it was written.
    fn limit(&mut self) -> Result<Option<f64>>;
}

/// In what a figure is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    CommitsPerSecond,
    EventsPerSecond,
    NanosPerEvent,
    Micros,
    Seconds,
    Crates,
    MiB,
}

impl Unit {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CommitsPerSecond => "commits/s",
            Self::EventsPerSecond => "events/s",
            Self::NanosPerEvent => "ns/event",
            Self::Micros => "µs",
            Self::Seconds => "s",
            Self::Crates => "crates",
            Self::MiB => "MiB",
        }
    }

    /// How near to the limit: 1 is as good, less is worse, whichever way the unit counts.
    fn ratio(self, ours: f64, limit: f64) -> f64 {
        match self {
            Self::CommitsPerSecond | Self::EventsPerSecond => ours / limit,
            _ => limit / ours,
        }
    }
}

type Prepare = Box<dyn FnOnce() -> Result<Box<dyn Sides>>>;

/// A row of the table that is not measured yet.
pub(crate) struct Workload {
    name: &'static str,
    unit: Unit,
    prepare: Prepare,
}

impl Workload {
    /// A workload that `prepare` makes ready, which is not measured.
    pub(crate) fn new<S: Sides + 'static>(
        name: &'static str,
        unit: Unit,
        prepare: impl FnOnce() -> Result<S> + 'static,
    ) -> Self {
        let prepare = Box::new(|| Ok(Box::new(prepare()?) as Box<dyn Sides>));
        Self {
            name,
            unit,
            prepare,
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// Measures the sides in turn, so that what the machine does meanwhile hits both. What is
    /// measured first, before caches are warm, does not count.
    pub(crate) fn measure(self, rounds: u16) -> Result<Row> {
        let mut sides = (self.prepare)()?;
        let (mut ours, mut limits) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let (our, limit) = (sides.ours()?, sides.limit()?);
            if round > 0 {
                ours.push(our);
                limits.extend(limit);
            }
        }
        Ok(Row::new(self.name, self.unit, &ours, &limits))
    }
}

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) workload: &'static str,
    pub(crate) unit: &'static str,
    /// The median.
    pub(crate) ours: f64,
    /// The median.
    pub(crate) limit: Option<f64>,
    /// Of the medians.
    pub(crate) ratio: Option<f64>,
    /// How far the ratios of single rounds lie apart, or our figures where there is no limit.
    pub(crate) spread: f64,
}

impl Row {
    fn new(workload: &'static str, unit: Unit, ours: &[f64], limits: &[f64]) -> Self {
        let our = median(ours);
        let limit = (!limits.is_empty()).then(|| median(limits));
        let ratios: Vec<f64> = ours
            .iter()
            .zip(limits)
            .map(|(our, limit)| unit.ratio(*our, *limit))
            .collect();
        Self {
            workload,
            unit: unit.name(),
            ours: our,
            limit,
            ratio: limit.map(|limit| unit.ratio(our, limit)),
            spread: spread(if ratios.is_empty() { ours } else { &ratios }),
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

/// From the smallest to the largest, in parts of the median.
fn spread(figures: &[f64]) -> f64 {
    let largest = figures.iter().copied().fold(f64::MIN, f64::max);
    let smallest = figures.iter().copied().fold(f64::MAX, f64::min);
    (largest - smallest) / median(figures)
}

/// Of so many things done in this time, how many a second.
#[expect(clippy::cast_precision_loss, reason = "a rate is rounded anyway")]
pub(crate) fn rate(count: usize, took: std::time::Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_above_the_limit_and_a_duration_below_it_are_both_above_one() {
        assert!(Unit::EventsPerSecond.ratio(3.0, 2.0) > 1.0);
        assert!(Unit::NanosPerEvent.ratio(2.0, 3.0) > 1.0);
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "these are exact")]
    fn a_median_does_not_follow_a_single_outlier() {
        assert_eq!(median(&[1.0, 900.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 900.0]), 3.0);
    }
}
