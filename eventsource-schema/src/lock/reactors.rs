//! A reactor goes on from the checkpoint that stands under its name.

use eventsource_core::schema::ReactorItem;

use super::change::Change;
use super::diff::Comparison;
use super::file::LockFile;
use super::paths;
use crate::program::{Found, Schema};

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
    let mut new = program.reactors.iter().filter(is_new);
    let became = new.next().map_or_else(
        || "the one that it became".to_owned(),
        |found| format!("`{}`, if that is what it became", found.path()),
    );
    let what = "no reactor of this program has this name, under which it is stored how far it is";
    Change::breaking(what).write(format!(
        "#[reactor(name = {name:?})] on {became}\n\
         or, if it has ended, delete the block `reactor {name}`"
    ))
}
