//! Decisions on one aggregate that do not wait until those before them are durable; and answers
//! that do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use eventsource_core::store::{Commit, Expect, Fingerprint, NewEvent, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::SystemEnvironment;
use eventsource_core::{
    Aggregate, Apply, ErrorClass, ExecuteError, Id, Loaded, MemoryStore, Receipt, Repository,
    StreamId, StreamStore, event, transact,
};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;

use super::support::{Account, AccountEvent, BlockingStore, Refusal, accounts, count, opened};

type Answer = Result<Receipt, ExecuteError<Refusal>>;
type Decide = fn(&Account) -> Result<AccountEvent, Refusal>;

const DEPOSIT: Decide = |account| account.deposit(1);
const WITHDRAW: Decide = |account| account.withdraw(1);
const CLOSE: Decide = |account| account.close();

/// An account in a store in memory, and the same behind a gate. Opened with these deposits.
struct Bank {
    store: MemoryStore,
    plain: Repository<Account>,
    gate: BlockingStore,
    accounts: Repository<Account>,
    id: Id<Account>,
}

impl Bank {
    async fn open(amounts: &[u64], gate: impl FnOnce(BlockingStore) -> BlockingStore) -> Self {
        let store = MemoryStore::new();
        let plain = accounts(store.clone());
        let id = opened(&plain, amounts).await;
        let gate = gate(BlockingStore::new(&store));
        let accounts = accounts(gate.clone());
        Self {
            store,
            plain,
            gate,
            accounts,
            id,
        }
    }

    /// Begins a decision and lets it come as far as it can.
    async fn begin(&self, decide: Decide) -> JoinHandle<Answer> {
        let (accounts, id) = (self.accounts.clone(), self.id);
        let task = tokio::spawn(async move { accounts.execute(id, decide).await });
        idle().await;
        task
    }

    async fn balance(&self) -> u64 {
        self.plain.load(self.id).await.unwrap().balance
    }
}

/// On one thread all other tasks come as far as they can meanwhile.
async fn idle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

fn stored(answer: Result<Answer, tokio::task::JoinError>) -> u64 {
    answer.unwrap().unwrap().revision().version()
}

fn refused(answer: Result<Answer, tokio::task::JoinError>) -> Option<Refusal> {
    answer.unwrap().unwrap_err().refused()
}

#[tokio::test]
async fn sixteen_decisions_are_on_their_way_together_and_each_expects_the_one_before() {
    let bank = Bank::open(&[], |gate| gate).await;
    let mut tasks = Vec::new();
    for _ in 0..16 {
        tasks.push(bank.begin(DEPOSIT).await);
    }
    let sent = bank.gate.sent();
    assert_eq!(sent.len(), 16, "none waits for an answer");
    assert!(matches!(&*sent[0], [Expect::NoStream(_)]), "{sent:?}");
    for (expect, before) in sent[1..].iter().zip(1..) {
        assert!(
            matches!(&**expect, [Expect::Follows { version, .. }] if *version == before),
            "{expect:?}"
        );
    }
    assert_eq!(bank.gate.reads(), 1, "the first one's");
    bank.gate.let_through(16);
    for (task, version) in tasks.into_iter().zip(1..) {
        assert_eq!(stored(task.await), version);
    }
    assert_eq!((bank.gate.sent().len(), bank.balance().await), (16, 16));
}

#[tokio::test]
async fn a_refusal_is_not_given_before_what_it_rests_on_is_durable() {
    let bank = Bank::open(&[1], |gate| gate).await;
    let (withdrawn, refusal) = (bank.begin(WITHDRAW).await, bank.begin(WITHDRAW).await);
    assert!(!withdrawn.is_finished() && !refusal.is_finished());
    assert_eq!(bank.gate.sent().len(), 1, "the other one was refused");
    bank.gate.let_through(1);
    assert_eq!(refused(refusal.await), Some(Refusal::Overdrawn(0)));
    assert_eq!(stored(withdrawn.await), 2);
}

#[tokio::test]
async fn a_refusal_is_not_decided_again_because_others_went_on_behind_it() {
    static DECIDED: AtomicUsize = AtomicUsize::new(0);
    let bank = Bank::open(&[1], |gate| gate).await;
    let first = bank.begin(WITHDRAW).await;
    let refuse: Decide = |account| {
        DECIDED.fetch_add(1, Ordering::Relaxed);
        account.withdraw(1)
    };
    let (refusal, last) = (bank.begin(refuse).await, bank.begin(DEPOSIT).await);
    bank.gate.let_through(2);
    assert_eq!((stored(first.await), stored(last.await)), (2, 3));
    assert_eq!(refused(refusal.await), Some(Refusal::Overdrawn(0)));
    assert_eq!(DECIDED.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_refusal_that_rests_on_what_was_never_stored_is_never_given() {
    let bank = Bank::open(&[1], |gate| gate.failing([1])).await;
    let (failed, second) = (bank.begin(WITHDRAW).await, bank.begin(WITHDRAW).await);
    bank.gate.let_through(2);
    let failed = failed.await.unwrap().unwrap_err();
    assert_eq!(failed.class(), ErrorClass::Transient);
    assert_eq!(stored(second.await), 2, "there is enough after all");
}

#[tokio::test]
async fn a_decision_that_nothing_happens_waits_as_a_refusal_does() {
    for fails in [false, true] {
        let failing = if fails { 1..2 } else { 0..0 };
        let bank = Bank::open(&[1], |gate| gate.failing(failing)).await;
        let withdrawn = bank.begin(WITHDRAW).await;
        let (accounts, id) = (bank.accounts.clone(), bank.id);
        let empty = tokio::spawn(async move {
            let withdraw = |account: &Account| {
                let rest = account.balance;
                (rest > 0).then(|| account.withdraw(rest)).transpose()
            };
            accounts.execute(id, withdraw).await
        });
        idle().await;
        assert!(!empty.is_finished());
        bank.gate.let_through(2);
        let (withdrawn, empty) = (withdrawn.await.unwrap(), empty.await.unwrap().unwrap());
        assert_eq!(
            (withdrawn.is_err(), empty.events),
            (fails, u32::from(fails))
        );
        let now = bank.plain.load(id).await.unwrap();
        assert_eq!((now.balance, Loaded::revision(&now)), (0, empty.revision()));
    }
}

#[tokio::test]
async fn those_behind_a_failed_commit_are_decided_again() {
    let bank = Bank::open(&[1; 9], |gate| gate.failing([3])).await;
    let mut tasks = Vec::new();
    for _ in 0..9 {
        tasks.push(bank.begin(WITHDRAW).await);
    }
    bank.gate.let_through(100);
    let mut failed = Vec::new();
    for (task, number) in tasks.into_iter().zip(1..) {
        if task.await.unwrap().is_err() {
            failed.push(number);
        }
    }
    assert_eq!((failed, bank.balance().await), (vec![3], 1));
    // Two stored, one failed, six in conflict and again.
    assert_eq!(bank.gate.sent().len(), 15);
}

#[tokio::test]
async fn what_was_never_stored_is_in_no_state() {
    let bank = Bank::open(&[5], |gate| gate.failing([1])).await;
    let failed = bank.begin(WITHDRAW).await;
    let all = bank
        .begin(|account| account.withdraw(account.balance))
        .await;
    bank.gate.let_through(100);
    failed.await.unwrap().unwrap_err();
    assert_eq!((stored(all.await), bank.balance().await), (2, 0));
}

#[tokio::test]
async fn nobody_follows_those_of_whom_one_has_failed() {
    let bank = Bank::open(&[5], |gate| gate.failing([1])).await;
    let (failed, second) = (bank.begin(WITHDRAW).await, bank.begin(WITHDRAW).await);
    bank.gate.let_through(1);
    failed.await.unwrap().unwrap_err();
    let third = bank.begin(WITHDRAW).await;
    let sent = bank.gate.sent();
    assert!(matches!(&*sent[2], [Expect::At { .. }]), "{sent:?}");
    bank.gate.let_through(100);
    assert_eq!((stored(third.await), stored(second.await)), (2, 3));
}

#[tokio::test]
async fn however_many_fail_those_who_do_not_come_to_an_end() {
    let every_third = (0..200).map(|number| number * 3);
    let bank = Bank::open(&[100], |gate| gate.failing(every_third)).await;
    bank.gate.let_through(1_000);
    let mut tasks = Vec::new();
    for _ in 0..60 {
        tasks.push(bank.begin(WITHDRAW));
    }
    let mut stored = 0;
    for task in tasks {
        match task.await.await.unwrap() {
            Ok(_) => stored += 1,
            Err(error) => assert_eq!(error.class(), ErrorClass::Transient),
        }
    }
    assert_eq!(bank.balance().await, 100 - stored);
}

#[tokio::test]
async fn a_foreign_commit_in_between_is_seen_by_all_behind_it() {
    let bank = Bank::open(&[2], |gate| gate).await;
    let mut tasks = Vec::new();
    for _ in 0..2 {
        tasks.push(bank.begin(WITHDRAW).await);
    }
    // As if from another process, which knows of no queue; as many events as the first one's.
    let stream = bank.plain.stream(bank.id);
    let foreign = super::support::deposits(&stream, 1);
    bank.plain.store().append(foreign).await.unwrap();
    tasks.push(bank.begin(WITHDRAW).await);
    tasks.push(bank.begin(WITHDRAW).await);
    bank.gate.let_through(100);
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap().is_ok());
    }
    answers.sort_unstable();
    assert_eq!(answers, [false, true, true, true], "three for two and one");
    assert_eq!(bank.balance().await, 0);
}

/// A follower would expect the commit by its id, and wrongly find the repeated decision under it.
#[tokio::test]
async fn whoever_followed_a_decision_does_not_follow_it_when_it_is_made_again() {
    let bank = Bank::open(&[1], |gate| gate.failing([1]).late([3])).await;
    let (failed, second) = (bank.begin(WITHDRAW).await, bank.begin(DEPOSIT).await);
    let all = bank
        .begin(|account| account.withdraw(account.balance))
        .await;
    let foreign = super::support::deposits(&bank.plain.stream(bank.id), 1);
    bank.plain.store().append(foreign).await.unwrap();
    bank.gate.let_through(100);
    failed.await.unwrap().unwrap_err();
    assert_eq!(
        stored(second.await),
        3,
        "where it was to be, behind another one"
    );
    bank.gate.let_late_through(1);
    assert_eq!((stored(all.await), bank.balance().await), (4, 0));
}

#[tokio::test]
async fn who_overtakes_the_one_before_is_decided_again() {
    let bank = Bank::open(&[1], |gate| gate.late([1])).await;
    let (late, early) = (bank.begin(WITHDRAW).await, bank.begin(DEPOSIT).await);
    bank.gate.let_through(100);
    assert_eq!(stored(early.await), 2);
    bank.gate.let_late_through(1);
    assert_eq!((stored(late.await), bank.balance().await), (3, 1));
}

#[tokio::test]
async fn whoever_drops_a_decision_on_its_way_stops_nobody() {
    let bank = Bank::open(&[1], |gate| gate).await;
    let dropped = bank.begin(WITHDRAW).await;
    let (refusal, closing) = (bank.begin(WITHDRAW).await, bank.begin(CLOSE).await);
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    bank.gate.let_through(100);
    // This store forgets what nobody waits for.
    closing.await.unwrap().unwrap();
    let second = refusal.await.unwrap();
    let balance = bank.balance().await;
    assert_eq!(balance, u64::from(second.is_err()), "{second:?}");
    assert_eq!(
        refused(bank.begin(DEPOSIT).await.await),
        Some(Refusal::Closed)
    );
}

#[tokio::test]
async fn a_refusal_that_rests_on_what_was_dropped_is_decided_again() {
    let bank = Bank::open(&[1], |gate| gate).await;
    let (dropped, second) = (bank.begin(WITHDRAW).await, bank.begin(WITHDRAW).await);
    dropped.abort();
    bank.gate.let_through(1);
    let second = timeout(Duration::from_secs(10), second).await;
    assert_eq!(stored(second.expect("it waits for nobody")), 2);
}

#[tokio::test]
async fn whoever_drops_a_decision_that_waits_for_its_turn_stops_nobody() {
    let bank = Bank::open(&[1], |gate| gate).await;
    let waits = transact(bank.accounts.at(bank.id), |account| {
        account.decide(WITHDRAW)
    });
    let first = bank.begin(DEPOSIT).await;
    let accounts = bank.accounts.clone();
    // It waits for the first one, with the turn in its hand.
    let waiting = tokio::spawn(waits.into_future());
    idle().await;
    let last = bank.begin(DEPOSIT).await;
    assert_eq!(bank.gate.sent().len(), 1);
    waiting.abort();
    idle().await;
    assert_eq!(bank.gate.sent().len(), 2, "the last one follows the first");
    bank.gate.let_through(2);
    assert_eq!((stored(first.await), stored(last.await)), (2, 3));
    drop(accounts);
}

#[tokio::test]
async fn a_decision_that_panics_stops_nobody() {
    let bank = Bank::open(&[1], |gate| gate).await;
    let first = bank.begin(DEPOSIT).await;
    let panics = bank.begin(|_| panic!("a mistake of the caller")).await;
    let last = bank.begin(WITHDRAW).await;
    assert_eq!(bank.gate.sent().len(), 1, "the last one gets no state");
    bank.gate.let_through(100);
    let panicked = panics.await.unwrap().unwrap_err();
    let stream = bank.plain.stream(bank.id);
    assert_eq!(
        panicked.to_string(),
        format!(
            "stream {stream}, version 2, position 2: the decision panicked: a mistake of the caller"
        )
    );
    assert_eq!(stored(first.await), 2);
    assert_eq!(stored(last.await), 3);
    assert_eq!(bank.balance().await, 1);
}

#[tokio::test]
async fn a_state_that_panics_stops_nobody() {
    static PANICS: AtomicBool = AtomicBool::new(false);

    #[event]
    struct Counted {}

    #[derive(Aggregate, Default)]
    #[aggregate(events(Counted))]
    struct Counter(u64);

    impl Apply<Counted> for Counter {
        fn apply(&mut self, _: Counted) {
            assert!(
                !PANICS.swap(false, Ordering::Relaxed),
                "a mistake of the domain"
            );
            self.0 += 1;
        }
    }

    let gate = BlockingStore::new(&MemoryStore::new());
    let (counters, id) = (Repository::<Counter>::new(gate.clone()), Id::new());
    let count = || {
        let counters = counters.clone();
        tokio::spawn(async move {
            let counted = counters.execute(id, |_| Ok::<_, Refusal>(Counted {}));
            counted.await
        })
    };
    let first = count();
    idle().await;
    PANICS.store(true, Ordering::Relaxed);
    let panics = count();
    idle().await;
    let last = count();
    idle().await;
    gate.let_through(100);
    let panicked = panics.await.unwrap().unwrap_err();
    assert!(
        matches!(panicked, ExecuteError::Panicked { .. }),
        "{panicked:?}"
    );
    assert_eq!(stored(first.await), 1);
    assert_eq!(stored(last.await), 2);
    assert_eq!(counters.load(id).await.unwrap().0, 2);
}

#[tokio::test]
async fn what_names_a_commit_a_revision_or_several_aggregates_waits_for_what_is_durable() {
    let bank = Bank::open(&[5], |gate| gate).await;
    let revision = Loaded::revision(&bank.plain.load(bank.id).await.unwrap());
    let (id, other, decided) = (bank.id, Id::new(), Arc::new(AtomicUsize::new(0)));
    let first = bank.begin(WITHDRAW).await;
    let counted = |decided: &Arc<AtomicUsize>| {
        let decided = Arc::clone(decided);
        move |account: &Account| {
            decided.fetch_add(1, Ordering::Relaxed);
            assert_eq!(account.balance, 4, "it was decided on what was not so");
            account.deposit(0)
        }
    };
    let named = bank
        .accounts
        .execute(id, counted(&decided))
        .commit_id(Uuid::now_v7());
    let named = tokio::spawn(named.into_future());
    let expecting = bank
        .accounts
        .execute(id, counted(&decided))
        .expecting(revision);
    let expecting = tokio::spawn(expecting.into_future());
    let mut decide = counted(&decided);
    let both = transact(
        (bank.accounts.at(id), bank.accounts.at(other)),
        move |(one, _)| one.decide(&mut decide),
    );
    let both = tokio::spawn(both.into_future());
    idle().await;
    assert_eq!(
        (decided.load(Ordering::Relaxed), bank.gate.sent().len()),
        (0, 1)
    );
    bank.gate.let_through(100);
    assert_eq!(stored(first.await), 2);
    assert_eq!(stored(named.await), 3);
    let conflict = expecting.await.unwrap().unwrap_err();
    assert_eq!(
        conflict.class(),
        ErrorClass::Conflict,
        "nothing stands there any more"
    );
    assert_eq!(stored(both.await), 4);
    assert_eq!(decided.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_request_that_comes_twice_at_the_same_time_is_carried_out_once() {
    let bank = Bank::open(&[1], |gate| gate).await;
    let request = Uuid::now_v7();
    let withdraw = || bank.accounts.execute(bank.id, WITHDRAW).commit_id(request);
    let (one, two) = (withdraw().into_future(), withdraw().into_future());
    let (one, two) = (tokio::spawn(one), tokio::spawn(two));
    idle().await;
    bank.gate.let_through(100);
    let (one, two) = (one.await.unwrap().unwrap(), two.await.unwrap().unwrap());
    assert_eq!((one.repeated, two.repeated), (false, true));
    assert_eq!(
        (one.revision(), count(&bank.store).await),
        (two.revision(), 2)
    );
}

#[tokio::test]
async fn a_store_that_cannot_follow_gets_one_commit_after_the_other() {
    let bank = Bank::open(&[], BlockingStore::without_follows).await;
    bank.gate.let_through(1_000);
    let tasks: Vec<_> = (0..5).map(|_| bank.begin(DEPOSIT)).collect();
    for task in tasks {
        stored(task.await.await);
    }
    assert_eq!(bank.balance().await, 5);
    let before = bank.gate.sent().len();
    let mut tasks = Vec::new();
    for _ in 0..5 {
        tasks.push(bank.begin(DEPOSIT).await);
    }
    for task in tasks {
        stored(task.await);
    }
    let follows = |expect: &Vec<Expect>| matches!(&**expect, [Expect::Follows { .. }]);
    let sent = bank.gate.sent();
    assert!(sent[..before].iter().filter(|it| follows(it)).count() <= 5);
    assert!(!sent[before..].iter().any(follows), "it was asked once");
}

#[tokio::test]
async fn kinds_that_share_a_stream_do_not_take_each_others_states() {
    #[derive(Aggregate, Default)]
    #[aggregate(event = AccountEvent, category = "account")]
    struct Audit {
        entries: u64,
    }

    impl Apply<AccountEvent> for Audit {
        fn apply(&mut self, _: AccountEvent) {
            self.entries += 1;
        }
    }

    let bank = Bank::open(&[1], |gate| gate).await;
    let audits = Repository::<Audit>::new(bank.gate.clone());
    let id = Id::from_uuid(bank.id.uuid());
    let first = bank.begin(DEPOSIT).await;
    let audited = audits.execute(id, |audit| {
        assert_eq!(audit.entries, 2);
        Ok::<_, Refusal>(AccountEvent::Closed)
    });
    let audited = tokio::spawn(audited.into_future());
    idle().await;
    bank.gate.let_through(100);
    assert_eq!((stored(first.await), stored(audited.await)), (2, 3));
}

/// A backup that is opened beside its original has the same id.
#[tokio::test]
async fn a_copy_with_the_same_id_does_not_get_the_states_of_the_original() {
    #[derive(Debug)]
    struct OneId;

    impl eventsource_core::values::Environment for OneId {
        fn now(&self) -> eventsource_core::Timestamp {
            SystemEnvironment.now()
        }

        fn uuid(&self) -> Uuid {
            Uuid::from_u128(0x1d)
        }
    }

    let stores = [(); 2].map(|()| MemoryStore::in_environment(OneId));
    let gates = stores.each_ref().map(BlockingStore::new);
    let id = Id::new();
    for store in stores.clone() {
        let account = accounts(store).in_environment(SystemEnvironment);
        let account = account.execute(id, DEPOSIT).await;
        account.unwrap();
    }
    let [original, copy] = gates.each_ref().map(|gate| {
        accounts(gate.clone())
            .in_environment(SystemEnvironment)
            .cached(10)
    });
    let closed = tokio::spawn(original.execute(id, CLOSE).into_future());
    idle().await;
    // The same version at the same position, and another event.
    let other = super::support::deposits(&copy.stream(id), 1);
    assert_eq!(
        stores[1].append(other).await.unwrap().revision().version(),
        2
    );
    let deposited = tokio::spawn(copy.execute(id, DEPOSIT).into_future());
    idle().await;
    for gate in &gates {
        gate.let_through(10);
    }
    assert_eq!(stored(closed.await), 2);
    assert_eq!(stored(deposited.await), 3, "the copy is not closed");
}

/// Counts what was applied to it, so that a snapshot of another moment shows.
#[derive(Aggregate, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[aggregate(event = AccountEvent, category = "account", snapshot(every = 10, version = 1))]
struct Counter {
    entries: u64,
}

impl Apply<AccountEvent> for Counter {
    fn apply(&mut self, _: AccountEvent) {
        self.entries += 1;
    }
}

#[tokio::test]
async fn a_snapshot_is_of_the_commit_after_which_it_was_due() {
    let fingerprint = Fingerprint::of(&Counter::SNAPSHOTS.unwrap()).unwrap();
    for failing in [None, Some(11), Some(20)] {
        let gate = BlockingStore::new(&MemoryStore::new()).failing(failing);
        let counters = Repository::<Counter>::new(gate.clone()).cached(1);
        let id = Id::new();
        let mut tasks = Vec::new();
        for _ in 0..25 {
            let count = |_: &Counter| Ok::<_, Refusal>(AccountEvent::Closed);
            tasks.push(tokio::spawn(counters.execute(id, count).into_future()));
            idle().await;
        }
        assert_eq!(gate.sent().len(), 25);
        gate.let_through(1_000);
        for task in tasks {
            let _ = task.await.unwrap();
        }
        idle().await;
        let kept = gate
            .snapshots()
            .unwrap()
            .newest(counters.stream(id), fingerprint)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(kept.revision.version(), 20);
        assert_eq!(&*kept.state, br#"{"entries":20}"#);
        let stored = 25 - u64::from(failing.is_some());
        assert_eq!(counters.load(id).await.unwrap().entries, stored);
    }
}

/// The first attempts would have brought it to versions 10, where one is due, and 11; the next ones
/// bring it to 11 and 12.
#[tokio::test]
async fn a_snapshot_of_an_attempt_that_was_not_stored_is_not_kept_after_the_next_one() {
    let store = MemoryStore::new();
    let (gate, id) = (BlockingStore::new(&store), Id::new());
    let plain = Repository::<Counter>::new(store.clone());
    let count = |_: &Counter| Ok::<_, Refusal>(AccountEvent::Closed);
    for _ in 0..9 {
        plain.execute(id, count).await.unwrap();
    }
    let gated = Repository::<Counter>::new(gate.clone());
    let mut tasks = Vec::new();
    for _ in 0..2 {
        tasks.push(tokio::spawn(gated.execute(id, count).into_future()));
        idle().await;
    }
    append_last_again(&store, plain.stream(id)).await;
    gate.let_through(10);
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    idle().await;
    assert_eq!(plain.load(id).await.unwrap().entries, 12);
}

/// Appends the last event again, as another process would.
async fn append_last_again(store: &MemoryStore, stream: StreamId) {
    let last = ReadStream::backward(stream.clone(), u64::MAX).limit(1);
    let page = store.read_stream(last).await.unwrap();
    let last = page.events().next().unwrap();
    let (name, payload) = (last.name.to_owned(), last.payload.to_vec());
    let event = NewEvent::new(stream, name, last.schema, last.codec, payload);
    let commit = Commit::new(Uuid::now_v7(), vec![event]);
    store.append(commit).await.unwrap();
}
