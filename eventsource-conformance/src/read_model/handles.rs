//! Two handles of one store, as two processes have them.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::read_model::{Claim, ClaimOutcome, Generation, Table, Write};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Handles;
use super::bed::Handle;
use super::support::{
    SOURCE, all, at, claim, demand, filled, horizon, is_taken_over, model, put, write, writer,
};
use super::writes::count_on_one_row;

/// The model does not exist before the claims.
pub(super) async fn of_sixteen_first_claims_one_is_granted(handles: Handles) {
    for version in 1..=5 {
        let start = Arc::new(tokio::sync::Barrier::new(16));
        let mut tasks = JoinSet::new();
        for owner in 1..=16 {
            let models = Arc::clone(&handles[usize::from(owner % 2 == 0)]);
            let start = Arc::clone(&start);
            tasks.spawn(async move {
                let owner = Uuid::from_u128(owner);
                let claim = Claim::new(model(&demand(version)), Generation::Serving, SOURCE, owner);
                start.wait().await;
                (owner, models.claim(claim).await.unwrap())
            });
        }
        let claims = tasks.join_all().await;
        let granted = claims.iter().filter_map(|(owner, claimed)| match claimed {
            ClaimOutcome::Granted(progress) => Some((*owner, progress)),
            ClaimOutcome::Denied(_) => None,
        });
        let granted: Vec<_> = granted.collect();
        assert_eq!(granted.len(), 1, "version {version}");
        let (owner, progress) = granted[0];
        assert_eq!(progress.checkpoint.epoch, 1);
        for (_, claimed) in &claims {
            if let ClaimOutcome::Denied(lease) = claimed {
                assert_eq!((lease.owner, lease.epoch), (owner, 1));
            }
        }
    }
}

/// Ten models at once, of which each is made, and granted to one of the two that ask.
pub(super) async fn ten_models_are_claimed_at_once(handles: Handles) {
    let start = Arc::new(tokio::sync::Barrier::new(20));
    let mut tasks = JoinSet::new();
    for number in 0..20_u32 {
        let models = Arc::clone(&handles[usize::from(number % 2 == 0)]);
        let start = Arc::clone(&start);
        tasks.spawn(async move {
            let table = Table::new(format!("model-{}", number / 2), 1, &["sku"]);
            let owner = Uuid::from_u128(u128::from(number) + 1);
            let claim = Claim::new(model(&table), Generation::Serving, SOURCE, owner);
            start.wait().await;
            let claimed = models.claim(claim).await.unwrap();
            (number / 2, matches!(claimed, ClaimOutcome::Granted(_)))
        });
    }
    let granted = tasks.join_all().await.into_iter();
    let mut granted: Vec<_> = granted
        .filter(|(_, taken)| *taken)
        .map(|(of, _)| of)
        .collect();
    granted.sort_unstable();
    assert!(granted.into_iter().eq(0..10));
    for models in &handles {
        assert_eq!(models.models().await.unwrap().len(), 10);
    }
}

/// A write that stalls between the comparison and the commit, while another process claims the model:
/// the one that claims begins behind all that was written before, and nothing is written after.
pub(super) async fn a_write_that_stalls_is_before_the_next_claim_or_refused(
    [one, other]: [Handle; 2],
) {
    let model = model(&demand(1));
    let from = filled(&one, &model, 1, vec![put("tea", "1")]).await;
    let Some(mut hold) = one.hold() else { return };
    let (stalling, of_writer) = (one.models(), model.clone());
    let written = tokio::spawn(async move {
        let rows = vec![put("tea", "2")];
        write(&stalling, (&of_writer, Generation::Serving), from, 2, rows).await
    });
    hold.reached().await;
    let (standby, of_standby) = (other.models(), model.clone());
    let claimed = tokio::spawn(async move {
        let owner = Uuid::from_u128(2);
        let mut by_other = Claim::new(of_standby.clone(), Generation::Serving, SOURCE, owner);
        // It has seen the lease for its whole time to live, and again if it moved meanwhile.
        loop {
            let generation = Generation::Serving;
            by_other.seen = at(&standby, &demand(1), generation).await.unwrap().lease;
            match standby.claim(by_other.clone()).await.unwrap() {
                ClaimOutcome::Granted(progress) => return progress.checkpoint,
                ClaimOutcome::Denied(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await; // until it is granted, or waits
    hold.release();
    let (written, claimed) = (written.await.unwrap(), claimed.await.unwrap());
    let expected = match written {
        Ok(checkpoint) => (checkpoint.at, "2"),
        refused => {
            assert!(is_taken_over(&refused), "{refused:?}");
            (from.at, "1")
        }
    };
    for models in [&one, &other] {
        let progress = at(models, &demand(1), Generation::Serving).await.unwrap();
        let row = all(models, &demand(1)).await[0].1.clone();
        assert_eq!(progress.checkpoint, claimed);
        assert_eq!((claimed.at, row.as_str()), expected);
    }
    let rows = vec![put("tea", "3")];
    write(&other, (&model, Generation::Serving), claimed, 3, rows)
        .await
        .unwrap();
}

/// Each counts on one row, from where it sees it: every success is one.
pub(super) async fn of_writers_over_two_handles_one_wins_each_step(handles: Handles) {
    let won = count_on_one_row(&handles).await;
    assert!(won > 0);
    for models in &handles {
        assert_eq!(all(models, &demand(1)).await[0].1, won.to_string());
    }
}

/// A change is visible at once: a standby uses it to measure whether the writer lives.
pub(super) async fn a_heartbeat_and_a_write_are_seen_by_the_other_handle(handles: Handles) {
    let [one, other] = &handles;
    let model = model(&demand(1));
    let mut at_now = claim(one, &model, Generation::Serving).await.checkpoint;
    for number in 1..=20_u64 {
        one.heartbeat(writer(&model, Generation::Serving, at_now.epoch))
            .await
            .unwrap();
        let lease = at(other, &demand(1), Generation::Serving)
            .await
            .unwrap()
            .lease;
        assert_eq!(lease.unwrap().heartbeat, 2 * number - 1);
        let rows = vec![put("tea", &number.to_string())];
        at_now = write(one, (&model, Generation::Serving), at_now, number, rows)
            .await
            .unwrap();
        assert_eq!(all(other, &demand(1)).await[0].1, number.to_string());
        let progress = at(other, &demand(1), Generation::Serving).await.unwrap();
        assert_eq!(progress.checkpoint, at_now);
        assert_eq!(progress.lease.unwrap().heartbeat, 2 * number);
    }
}

/// Once the other one has claimed.
pub(super) async fn an_old_epoch_writes_on_neither_handle(handles: Handles) {
    let [one, other] = &handles;
    let model = model(&demand(1));
    let old = filled(one, &model, 1, vec![put("tea", "1")]).await;
    let seen = at(other, &demand(1), Generation::Serving)
        .await
        .unwrap()
        .lease;
    let mut by_other = Claim::new(
        model.clone(),
        Generation::Serving,
        SOURCE,
        Uuid::from_u128(2),
    );
    (by_other.seen, by_other.ttl) = (seen, Duration::from_secs(1));
    let claimed = other.claim(by_other).await.unwrap();
    assert!(matches!(claimed, ClaimOutcome::Granted(_)), "{claimed:?}");
    for models in &handles {
        let mut late = Write::new(model.clone(), Generation::Serving, old, horizon(2));
        late.rows = vec![put("tea", "2")];
        let late = models.write(late).await;
        assert!(is_taken_over(&late), "{late:?}");
        let heartbeat = models
            .heartbeat(writer(&model, Generation::Serving, old.epoch))
            .await;
        assert!(is_taken_over(&heartbeat), "{heartbeat:?}");
        assert_eq!(all(models, &demand(1)).await[0].1, "1");
    }
}
