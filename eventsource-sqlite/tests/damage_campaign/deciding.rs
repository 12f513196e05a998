//! Decisions on a store that was harmed.

use eventsource_core::store::{Commit, Expect, NewEvent, ReadStream};
use eventsource_core::{
    AppendError, Codec, Filter, Position, Query, Receipt, Repository, StreamId, StreamStore, Tag,
};
use eventsource_sqlite::SqliteStore;

use crate::prepared::{METERS, Meter, cart, cart_commit, commit_id, meter};
use crate::reading::{Answers, ask};

/// Decides, and reads what was stored of it. Events are stored behind `head`, or it is wrong.
pub(crate) async fn decide(store: &SqliteStore, head: Position) -> Answers {
    let (mut answers, mut log) = (Answers::new(), Log(head.offset().get()));
    repeat(store, &mut answers).await;
    expect(store, &mut answers, &mut log).await;
    execute(store, &mut answers, &mut log).await;
    answers
}

/// The last position that is taken.
struct Log(u64);

impl Log {
    /// Whether a commit stands where the log ended.
    fn take(&mut self, receipt: &Receipt) -> &'static str {
        let (first, last) = (receipt.first.offset().get(), receipt.last.offset().get());
        if (first, last) != (self.0 + 1, self.0 + u64::from(receipt.events)) {
            return "not at the end of the log";
        }
        self.0 = last;
        "at the end of the log"
    }
}

/// A commit that is stored is not stored again.
async fn repeat(store: &SqliteStore, answers: &mut Answers) {
    for number in [1, 8] {
        let again = store.append(cart_commit(number, 1)).await;
        ask(answers, format!("commit of cart {number} again"), again);
    }
}

async fn expect(store: &SqliteStore, answers: &mut Answers, log: &mut Log) {
    let tagged = |key, value: u64| Query::any([Filter::new().tag(Tag::new(key, value))]);
    let named = |name: &'static str| Query::any([Filter::new().name(name)]);
    let queries = [
        ("a tag that is there", tagged("sku", 1)),
        ("another tag that is there", tagged("cart", 4)),
        ("a tag that is not there", tagged("sku", 1_000)),
        ("a name that is there", named("cart.paid")),
        ("a name that is not there", named("cart.lost")),
        (
            "a category that is there",
            Query::any([Filter::new().category("cart")]),
        ),
    ];
    for (number, (what, query)) in (100..).zip(queries) {
        let (after, commit) = (Position::START, new_commit(number));
        let tenant = commit.events[0].stream.tenant().to_owned();
        let query = query.in_tenant(tenant);
        let expect = Expect::NoneMatch { query, after };
        let appended = store.append(commit.expect(expect)).await;
        ask(
            answers,
            format!("append unless {what}"),
            answer(appended, log),
        );
    }
    for number in [3, 200] {
        let expect = Expect::NoStream(cart(number));
        let mut commit = cart_commit(number, 0);
        commit.id = commit_id(5_000 + u64::try_from(number).unwrap());
        let begun = store.append(commit.expect(expect)).await;
        ask(
            answers,
            format!("begin of cart {number}"),
            answer(begun, log),
        );
    }
}

fn new_commit(number: u128) -> Commit {
    let event = NewEvent::new(cart(number), "cart.begun", 1, Codec::Json, b"1".to_vec());
    let id = commit_id(9_000 + u64::try_from(number).unwrap());
    Commit::new(id, vec![event])
}

/// Whether it was stored, and where; a conflict is an answer and no failure.
fn answer(appended: Result<Receipt, AppendError>, log: &mut Log) -> Result<String, AppendError> {
    match appended {
        Ok(receipt) => Ok(format!(
            "{} version {} of {}",
            log.take(&receipt),
            receipt.revision().version(),
            receipt.revisions[0].0,
        )),
        Err(AppendError::Conflict(_)) => Ok("a conflict".to_owned()),
        Err(error) => Err(error),
    }
}

async fn execute(store: &SqliteStore, answers: &mut Answers, log: &mut Log) {
    let meters = Repository::<Meter>::new(store.clone());
    for number in [0, 5, 11, 16, METERS - 1, METERS + 7] {
        let mut seen = None;
        let executed = meters
            .execute(meter(number), |state: &Meter| {
                seen = Some(state.clone());
                Ok::<_, std::fmt::Error>(state.decide(number))
            })
            .await;
        let is_stored = executed.is_ok();
        let decided = executed.map(|it| (it.revision().version(), log.take(&it), seen));
        ask(answers, format!("decision on meter {number}"), decided);
        if !is_stored {
            answers.push((
                format!("history of meter {number}"),
                Err("nothing is new".to_owned()),
            ));
            continue;
        }
        let history = history(store, meters.stream(meter(number))).await;
        ask(
            answers,
            format!("history of meter {number} after it"),
            history,
        );
    }
}

async fn history(store: &SqliteStore, stream: StreamId) -> Result<Vec<String>, String> {
    let page = store.read_stream(ReadStream::forward(stream, 0)).await;
    let page = page.map_err(|error| error.to_string())?;
    let events = page.events().map(|event| {
        let payload = String::from_utf8_lossy(event.payload);
        format!("{} {} {payload}", event.version, event.name)
    });
    Ok(events.collect())
}
