//! A reactor goes on from the checkpoint that stands under its name.

use super::change::Change;
use super::comparison::Comparison;
use super::file::LockFile;
use super::paths;
use crate::__private::ReactorItem;
use crate::schema::{Found, Schema};

pub(super) fn compare(lock: &LockFile, program: &Schema, comparison: &mut Comparison) {
    for name in &lock.reactors {
        comparison.next.reactors.insert(name.clone());
        if program.reactors.iter().all(|found| found.item.name != name) {
            comparison.tell(block(name), None, vec![gone(name, lock, program)]);
        }
    }
    let same_name = |a: &Found<ReactorItem>, b: &Found<ReactorItem>| a.item.name == b.item.name;
    for found in program.reactors.chunk_by(same_name) {
        let name = found[0].item.name;
        let is_new = comparison.next.reactors.insert(name.to_owned());
        let change = if found.len() > 1 {
            let what = "more than one reactor has this name, and they would share what was done";
            Change::breaking(what).write("#[reactor(name = \"..\")] on all but one")
        } else if is_new {
            Change::compatible("it is new")
        } else {
            continue;
        };
        comparison.tell(block(name), Some(paths(found)), vec![change]);
    }
}

fn block(name: &str) -> String {
    format!("reactor {name}")
}

/// It would begin anew under another name, from now on.
fn gone(name: &str, lock: &LockFile, program: &Schema) -> Change {
    let is_new = |found: &&Found<ReactorItem>| !lock.reactors.contains(found.item.name);
    let renamed = program.reactors.iter().find(is_new);
    let change =
        Change::breaking("no reactor of this program has this name, which says how far it is");
    let ended = format!("or, if it has ended, delete the block `reactor {name}`");
    change.write(match renamed {
        Some(found) => format!(
            "#[reactor(name = {name:?})] on `{}`, which is new, if it is the same\n{ended}",
            found.path()
        ),
        None => format!("#[reactor(name = {name:?})] on the one that it became\n{ended}"),
    })
}
