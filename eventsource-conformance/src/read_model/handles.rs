//! Two handles of one store, as two processes have them.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::read_model::{Claim, Claimed, Place, Write};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Models;
use super::support::{
    SOURCE, all, at, claim, demand, filled, horizon, is_taken_over, model, put, write,
};
use super::writes::count_on_one_row;

/// Two handles of one store of read models.
pub type Handles = [Models; 2];

/// Writes a test for each contract of [`ReadModelStore`](eventsource_core::ReadModelStore) that two
/// processes rely on.
///
/// The argument is an expression that is evaluated anew for each test: a future of two handles of one
/// empty store, opened as two processes would open it, and of whatever has to live as long as they.
///
/// ```
/// # #[cfg(any())]
/// eventsource_conformance::read_model_handles_conformance!(async {
///     let folder = tempfile::tempdir().unwrap();
///     let open = || async { MyModels::open(folder.path()).await.unwrap() };
///     ([open().await, open().await], folder)
/// });
/// ```
#[macro_export]
macro_rules! read_model_handles_conformance {
    ($open:expr) => {
        $crate::__read_model_handles_conformance! { $open =>
            of_sixteen_first_claims_one_is_granted
            of_writers_over_two_handles_one_wins_each_step
            a_heartbeat_and_a_write_are_seen_by_the_other_handle
            an_old_epoch_writes_on_neither_handle
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __read_model_handles_conformance {
    ($open:expr => $($case:ident)*) => {
        $(
            #[test]
            fn $case() {
                $crate::run(async {
                    let (handles, _guard) = $open.await;
                    let handles = handles.map(|handle| -> $crate::read_model::Models {
                        ::std::sync::Arc::new(handle)
                    });
                    $crate::read_model::$case(handles).await;
                });
            }
        )*
    };
}

/// Of a model that is not there yet.
pub async fn of_sixteen_first_claims_one_is_granted(handles: Handles) {
    for version in 1..=5 {
        let start = Arc::new(tokio::sync::Barrier::new(16));
        let mut tasks = JoinSet::new();
        for owner in 1..=16 {
            let models = Arc::clone(&handles[usize::from(owner % 2 == 0)]);
            let start = Arc::clone(&start);
            tasks.spawn(async move {
                let owner = Uuid::from_u128(owner);
                let claim = Claim::new(model(&demand(version)), Place::Main, SOURCE, owner);
                start.wait().await;
                (owner, models.claim(claim).await.unwrap())
            });
        }
        let claims = tasks.join_all().await;
        let granted = claims.iter().filter_map(|(owner, claimed)| match claimed {
            Claimed::Taken(progress) => Some((*owner, progress)),
            Claimed::Held(_) => None,
        });
        let granted: Vec<_> = granted.collect();
        assert_eq!(granted.len(), 1, "version {version}");
        let (owner, progress) = granted[0];
        assert_eq!(progress.checkpoint.epoch, 1);
        for (_, claimed) in &claims {
            if let Claimed::Held(lease) = claimed {
                assert_eq!((lease.owner, lease.epoch), (owner, 1));
            }
        }
    }
}

/// Each counts on one row, from where it sees it: every success is one.
pub async fn of_writers_over_two_handles_one_wins_each_step(handles: Handles) {
    let won = count_on_one_row(&handles).await;
    assert!(won > 0);
    for models in &handles {
        assert_eq!(all(models, &demand(1)).await[0].1, won.to_string());
    }
}

/// At once: a standby measures by it whether the writer lives.
pub async fn a_heartbeat_and_a_write_are_seen_by_the_other_handle(handles: Handles) {
    let [one, other] = &handles;
    let model = model(&demand(1));
    let mut at_now = claim(one, &model, Place::Main).await.checkpoint;
    for number in 1..=20_u64 {
        one.beat(model.clone(), Place::Main, at_now.epoch)
            .await
            .unwrap();
        let lease = at(other, &demand(1), Place::Main).await.unwrap().lease;
        assert_eq!(lease.unwrap().beat, 2 * number - 1);
        let rows = vec![put("tea", &number.to_string())];
        at_now = write(one, (&model, Place::Main), at_now, number, rows)
            .await
            .unwrap();
        assert_eq!(all(other, &demand(1)).await[0].1, number.to_string());
        let progress = at(other, &demand(1), Place::Main).await.unwrap();
        assert_eq!(progress.checkpoint, at_now);
        assert_eq!(progress.lease.unwrap().beat, 2 * number);
    }
}

/// Once the other one has claimed.
pub async fn an_old_epoch_writes_on_neither_handle(handles: Handles) {
    let [one, other] = &handles;
    let model = model(&demand(1));
    let old = filled(one, &model, 1, vec![put("tea", "1")]).await;
    let seen = at(other, &demand(1), Place::Main).await.unwrap().lease;
    let mut by_other = Claim::new(model.clone(), Place::Main, SOURCE, Uuid::from_u128(2));
    (by_other.seen, by_other.ttl) = (seen, Duration::from_secs(1));
    let claimed = other.claim(by_other).await.unwrap();
    assert!(matches!(claimed, Claimed::Taken(_)), "{claimed:?}");
    for models in &handles {
        let mut late = Write::new(model.clone(), Place::Main, old, horizon(2));
        late.rows = vec![put("tea", "2")];
        let late = models.write(late).await;
        assert!(is_taken_over(&late), "{late:?}");
        let beat = models.beat(model.clone(), Place::Main, old.epoch).await;
        assert!(is_taken_over(&beat), "{beat:?}");
        assert_eq!(all(models, &demand(1)).await[0].1, "1");
    }
}
