//! Reactors. A reactor continues from the checkpoint that is stored under its name.

use eventsource_core::schema::ReactorItem;

use super::change::Change;
use super::diff::Diff;
use super::file::LockFile;
use super::paths;
use crate::program::{Located, Schema};

pub(super) fn compare(lock: &LockFile, program: &Schema, diff: &mut Diff) {
    for name in &lock.reactors {
        diff.next.reactors.insert(name.clone());
        if program
            .reactors
            .iter()
            .all(|located| located.item.name != name)
        {
            diff.add_section(
                block(name),
                None,
                vec![missing_reactor(name, lock, program)],
            );
        }
    }
    let same_name = |a: &Located<ReactorItem>, b: &Located<ReactorItem>| a.item.name == b.item.name;
    for located in program.reactors.chunk_by(same_name) {
        let name = located[0].item.name;
        let is_new = diff.next.reactors.insert(name.to_owned());
        let change = if located.len() > 1 {
            let what = "more than one reactor has this name, and they would share a checkpoint";
            Change::breaking(what).write("#[reactor(name = \"..\")] on all but one")
        } else if is_new {
            Change::compatible("it is new")
        } else {
            continue;
        };
        diff.add_section(block(name), Some(paths(located)), vec![change]);
    }
}

fn block(name: &str) -> String {
    format!("reactor {name}")
}

/// The change for a reactor that is missing: under another name it would start at the current head.
fn missing_reactor(name: &str, lock: &LockFile, program: &Schema) -> Change {
    let is_new = |located: &&Located<ReactorItem>| !lock.reactors.contains(located.item.name);
    let mut new = program.reactors.iter().filter(is_new);
    let became = new.next().map_or_else(
        || "the one that it became".to_owned(),
        |located| format!("`{}`, if that is what it became", located.path()),
    );
    let what = "no reactor of this program has this name, under which its checkpoint is stored";
    Change::breaking(what).write(format!(
        "#[reactor(name = {name:?})] on {became}\n\
         or, if it has ended, delete the block `reactor {name}`"
    ))
}
