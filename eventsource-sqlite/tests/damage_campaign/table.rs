//! The verdicts, counted.

use std::collections::BTreeMap;
use std::fmt;

use crate::harm::Kind;
use crate::verdict::{Class, Verdict};

/// The number of harms by kind and class of verdict.
#[derive(Default)]
pub(crate) struct Table {
    classes: BTreeMap<(Kind, Class), usize>,
    misled: BTreeMap<Kind, usize>,
    wrong_decisions: BTreeMap<Kind, usize>,
}

impl Table {
    pub(crate) fn count(&mut self, kind: Kind, verdict: &Verdict) {
        *self.classes.entry((kind, verdict.class)).or_default() += 1;
        *self.misled.entry(kind).or_default() += usize::from(verdict.misled);
        *self.wrong_decisions.entry(kind).or_default() += usize::from(verdict.wrong_decision);
    }

    /// The number of harms with this verdict.
    pub(crate) fn total(&self, class: Class) -> usize {
        let all = self.classes.iter();
        all.filter(|((_, it), _)| *it == class)
            .map(|(_, count)| count)
            .sum()
    }

    fn of(&self, kind: Kind, class: Class) -> usize {
        self.classes
            .get(&(kind, class))
            .copied()
            .unwrap_or_default()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<24}", "harm")?;
        for (_, name) in Class::ALL {
            write!(f, " {name:>9}")?;
        }
        writeln!(f, " {:>9} {:>9}", "misled", "DECISIONS")?;
        for kind in self.misled.keys() {
            write!(f, "{:<24}", kind.name())?;
            for (class, _) in Class::ALL {
                write!(f, " {:>9}", self.of(*kind, class))?;
            }
            let (misled, wrong) = (self.misled[kind], self.wrong_decisions[kind]);
            writeln!(f, " {misled:>9} {wrong:>9}")?;
        }
        write!(f, "{:<24}", "all")?;
        for (class, _) in Class::ALL {
            write!(f, " {:>9}", self.total(class))?;
        }
        let sum = |counts: &BTreeMap<Kind, usize>| counts.values().sum::<usize>();
        let (misled, wrong) = (sum(&self.misled), sum(&self.wrong_decisions));
        write!(f, " {misled:>9} {wrong:>9}")
    }
}
