//! Decisions on aggregates in which there is something of a newer program.

use eventsource_core::codec::DecodeError;
use eventsource_core::{ExecuteError, Id, LoadError, Loaded};

use crate::programs::{Both, new, old, same};
use crate::support::with_causes::with_causes;

/// Whether the error of the old program names an event that only a newer one can read.
fn is_from_the_future(error: &LoadError) -> bool {
    let LoadError::Decode { source, .. } = error else {
        return false;
    };
    let expected = DecodeError::FromTheFuture {
        name: "cart.item-added".to_owned(),
        stored: 2,
        known: 1,
    };
    *source == expected
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_write_at_once_and_the_old_one_decides_on_nothing_that_it_cannot_read() {
    let both = Both::open().await;
    let ids: Vec<Id<old::Cart>> = (0..8).map(|_| Id::new()).collect();
    let write = |is_old: bool| {
        let (old, new) = (both.old_carts().cached(4), both.new_carts().cached(4));
        let ids = ids.clone();
        tokio::spawn(async move {
            let (mut stored, mut refused) = (vec![0_u64; ids.len()], 0);
            for round in 0..25 {
                for (cart, id) in ids.iter().enumerate() {
                    if is_old {
                        match old.execute(*id, old::Cart::add).await {
                            Ok(_) => stored[cart] += 1,
                            Err(ExecuteError::Load(error)) if is_from_the_future(&error) => {
                                refused += 1;
                            }
                            Err(error) => panic!("{error}"),
                        }
                    } else if cart % 2 == 1 && round == cart {
                        new.execute(same(*id), new::Cart::add).await.unwrap();
                        stored[cart] += 2;
                    }
                }
            }
            (stored, refused)
        })
    };
    let (old, new) = (write(true), write(false));
    let ((by_old, refused), (by_new, _)) = (old.await.unwrap(), new.await.unwrap());
    for (cart, id) in ids.iter().enumerate() {
        let loaded = both.new_carts().load(same(*id)).await.unwrap();
        assert_eq!(loaded.items, by_old[cart] + by_new[cart]);
        let of_old = both.old_carts().load(*id).await;
        if by_new[cart] == 0 {
            assert_eq!(of_old.unwrap().items, by_old[cart]);
            assert_eq!(by_old[cart], 25, "a cart that only it wrote is no trouble");
        } else {
            assert!(is_from_the_future(&of_old.unwrap_err()));
        }
    }
    let stored: u64 = by_old.iter().sum();
    assert_eq!(stored + refused, 25 * 8);
}

/// The state that it decides on is cached, and was up to date when it was cached.
#[tokio::test]
async fn a_state_that_the_old_program_keeps_is_no_way_around_a_newer_event() {
    let both = Both::open().await;
    let (old, id) = (both.old_carts().cached(4), Id::new());
    old.execute(id, old::Cart::add).await.unwrap();
    both.new_carts()
        .execute(same(id), new::Cart::add)
        .await
        .unwrap();
    let ExecuteError::Load(error) = old.execute(id, old::Cart::add).await.unwrap_err() else {
        panic!("it was not refused for what it cannot read")
    };
    assert!(is_from_the_future(&error), "{error}");
    assert!(
        with_causes(&error).ends_with("use a newer program"),
        "{error}"
    );
    let loaded = both.new_carts().load(same(id)).await.unwrap();
    assert_eq!((loaded.items, Loaded::revision(&loaded).version()), (3, 2));
}
