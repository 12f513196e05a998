//! Futures that are dropped before they end.

use eventsource_core::store::{Fingerprint, Imported, ReadLog, ReadStream, Snapshot};
use eventsource_core::{Query, Timestamp};

use super::Store;
use super::support::{append, cart, commit, events, read_all, read_stream};
use crate::case::dropped_after;

/// The greatest number of polls of a future before it is dropped.
const POLLS: usize = 12;

/// A handle works as before after a read was dropped at any of its polls.
pub(super) async fn a_dropped_read_leaves_nothing_behind(store: Store) {
    let stream = cart();
    let receipt = append(&store, &stream, 3).await;
    let fingerprint = Fingerprint::from_bytes([5; 32]);
    let snapshots = store.snapshots();
    // The last one reads a snapshot, of a store that keeps any.
    for kind in 0..5 + u32::from(snapshots.is_some()) {
        for polls in 0..POLLS {
            let before = store.head().await.unwrap();
            let ended = match kind {
                0 => dropped_after(polls, store.read(ReadLog::new(Query::all()).limit(2))).await,
                1 => {
                    let read = ReadStream::forward(stream.clone(), 0).limit(2);
                    dropped_after(polls, store.read_stream(read)).await
                }
                2 => dropped_after(polls, store.head()).await,
                3 => dropped_after(polls, store.receipt(stream.clone(), receipt.commit_id)).await,
                4 => dropped_after(polls, store.root_ids("", "cart", None, 2)).await,
                _ => {
                    let newest = snapshots.unwrap().newest(stream.clone(), fingerprint);
                    dropped_after(polls, newest).await
                }
            };
            let new = append(&store, &cart(), 2).await;
            let read = ReadLog::new(Query::all()).after(before).limit(10);
            let page = store.read(read).await.unwrap();
            let positions: Vec<_> = page.events().map(|event| event.position).collect();
            assert_eq!(positions, [new.first, new.last]);
            if ended {
                break;
            }
        }
    }
}

/// An append that is dropped at any of its polls is stored whole or not at all, and a later one is stored.
pub(super) async fn a_dropped_write_is_whole_or_nothing(store: Store) {
    let fingerprint = Fingerprint::from_bytes([6; 32]);
    let snapshots = store.snapshots();
    for kind in 0..2 + u32::from(snapshots.is_some()) {
        for polls in 0..POLLS {
            let stream = cart();
            let new = commit(events(&stream, 3));
            let ended = match kind {
                0 => dropped_after(polls, store.append(new)).await,
                1 => {
                    let time = Timestamp::from_micros(i64::MAX);
                    dropped_after(polls, store.import(vec![Imported::new(new, time)])).await
                }
                _ => {
                    let revision = append(&store, &stream, 3).await.revision();
                    let new = Snapshot::new(stream.clone(), fingerprint, revision, vec![b'1'; 3]);
                    dropped_after(polls, snapshots.unwrap().keep(new)).await
                }
            };
            append(&store, &cart(), 1).await;
            let stored = read_stream(&store, &stream, 10).await.len();
            assert!(stored == 0 || stored == 3, "{stored} of 3 are stored");
            assert!(!ended || stored == 3);
            if ended {
                break;
            }
        }
    }
    let all = read_all(&store, &Query::all(), 1_000).await;
    assert!(all.is_sorted_by_key(|event| event.position.offset()));
}
