use eventsource_core::store::{
    Page, PageBuilder, ReadStream, StoreError, StoreErrorKind, Versions,
};
use eventsource_core::{
    ErrorClass, ExecuteError, Id, LoadError, MemoryStore, ReadError, Repository,
};

use super::support::{Account, InterferingStore, Refusal, accounts, opened};

/// An account of five deposits, read in pages of two that `on_page` tampers with.
async fn tampered(
    on_page: impl Fn(&ReadStream, Page) -> Result<Page, ReadError> + Send + Sync + 'static,
) -> (Repository<Account>, Id<Account>) {
    let store = MemoryStore::new();
    let id = opened(&accounts(store.clone()), &[1, 1, 1, 1, 1]).await;
    (
        accounts(InterferingStore::new(&store).pages_of(2).on_page(on_page)),
        id,
    )
}

/// The errors of every way to read an account.
async fn errors(accounts: &Repository<Account>, id: Id<Account>) -> [LoadError; 5] {
    let decision = accounts.execute(id, |_| -> Result<(), Refusal> { panic!("it was decided") });
    let ExecuteError::Load(executed) = decision.await.unwrap_err() else {
        panic!("not of the load")
    };
    [
        accounts.load(id).await.unwrap_err(),
        accounts.find(id).await.unwrap_err(),
        accounts.load_at(id, 5).await.unwrap_err(),
        accounts.history(id).await.unwrap_err(),
        executed,
    ]
}

#[tokio::test]
async fn a_failure_between_two_pages_is_never_a_short_success() {
    let (accounts, id) = tampered(|read, page| {
        if read.versions == Versions::After(2) {
            return Err(
                StoreError::new(StoreErrorKind::Unavailable, "the cable was pulled").into(),
            );
        }
        Ok(page)
    })
    .await;
    for error in errors(&accounts, id).await {
        assert_eq!(error.to_string(), "the cable was pulled");
        assert_eq!(error.class(), ErrorClass::Transient);
    }
}

#[tokio::test]
async fn a_version_that_the_store_leaves_out_is_an_error() {
    let (accounts, id) = tampered(|_, page| Ok(edited(&page, |version| version != 4, 1))).await;
    for error in errors(&accounts, id).await {
        assert!(
            matches!(
                error,
                LoadError::Gap {
                    expected: 4,
                    found: 5,
                    ..
                }
            ),
            "{error:?}"
        );
        assert_eq!(error.class(), ErrorClass::Permanent);
    }
}

#[tokio::test]
async fn a_stream_that_does_not_start_with_version_1_is_an_error() {
    let (accounts, id) = tampered(|_, page| Ok(edited(&page, |version| version != 1, 1))).await;
    for error in errors(&accounts, id).await {
        assert!(
            matches!(
                error,
                LoadError::Gap {
                    expected: 1,
                    found: 2,
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn an_event_that_the_store_gives_twice_is_an_error() {
    let (accounts, id) = tampered(|_, page| Ok(edited(&page, |_| true, 2))).await;
    for error in errors(&accounts, id).await {
        assert!(
            matches!(
                error,
                LoadError::Gap {
                    expected: 2,
                    found: 1,
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn an_empty_page_that_is_not_the_last_is_an_error() {
    let (accounts, id) = tampered(|read, page| {
        let cut = read.versions == Versions::After(2);
        Ok(if cut {
            PageBuilder::new().finish(page.through(), false)
        } else {
            page
        })
    })
    .await;
    for error in errors(&accounts, id).await {
        assert_eq!(error.class(), ErrorClass::Permanent);
        assert!(
            matches!(&error, LoadError::Read(ReadError::Store(_))),
            "{error:?}"
        );
        assert!(error.to_string().contains("after version 2"), "{error}");
    }
}

/// The page with those events that `keep` says, each so many `times`.
fn edited(page: &Page, keep: impl Fn(u64) -> bool, times: usize) -> Page {
    let mut edited = PageBuilder::new();
    for event in page.events().filter(|event| keep(event.version)) {
        for _ in 0..times {
            edited.copy(&event);
        }
    }
    edited.finish(page.through(), page.is_complete())
}
