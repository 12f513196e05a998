//! Queries that are larger than what SQLite takes.

mod support;

use eventsource_core::store::{Expect, StoreErrorKind};
use eventsource_core::{AppendError, EventStore, Filter, Position, Query, Tag};
use support::{cart, commit, open};

#[tokio::test]
async fn a_query_that_is_too_large_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let filters = (0..1_200).map(|number| Filter::new().tag(Tag::new("number", number)));
    let (query, after) = (Query::any(filters), Position::START);
    let error = store.read(query.clone(), after, 10).await.unwrap_err();
    assert!(error.to_string().contains("1200 filters"), "{error}");

    // What fewer stores could take is refused for all of them; of names only this one is limited.
    let names = (0..40_000).map(|number| format!("name {number}"));
    let query = Query::any([names.fold(Filter::new(), Filter::name)]).in_tenant("");
    let refused = commit(&cart()).expect(Expect::NoneMatch { query, after });
    match store.append(refused).await.unwrap_err() {
        AppendError::Store(error) => {
            assert_eq!(error.kind(), StoreErrorKind::Unsupported);
            assert!(error.to_string().contains("40001 names"), "{error}");
        }
        error => panic!("{error}"),
    }
    assert_eq!(store.head().await.unwrap(), after);
}
