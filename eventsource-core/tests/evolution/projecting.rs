//! Projections of events that became several, or none.

use std::time::Duration;

use eventsource_core::engine::inline::InlineProjection;
use eventsource_core::store::ReadLog;
use eventsource_core::{
    EventLog, Key, MemoryReadModels, MemoryStore, Position, Project, Projection, Query, ReadModel,
    Recorded, Runner,
};
use serde::{Deserialize, Serialize};

use crate::order::{ItemAdded, list, listed, stream};
use crate::stored::append;
use crate::with_causes::with_causes;

/// The number of ordered pieces of a product, with the part of its event for each piece.
#[derive(Projection, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
pub(crate) struct Demand {
    pub(crate) pieces: u64,
    pub(crate) parts: Vec<u32>,
}

impl Demand {
    pub(crate) fn count<E>(&mut self, recorded: &Recorded<E>) {
        self.pieces += 1;
        self.parts.push(recorded.part());
    }
}

impl Project<ItemAdded, Result<(), &'static str>> for Demand {
    fn project(&mut self, recorded: &Recorded<ItemAdded>) -> Result<(), &'static str> {
        if recorded.event.sku == "rare" && self.pieces == 1 {
            return Err("there is only one");
        }
        self.count(recorded);
        Ok(())
    }
}

/// The same of a mended program, which knows where to get more.
mod mended {
    use super::{Demand, Deserialize, ItemAdded, Project, Projection, Recorded, Serialize};

    #[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
    pub(super) struct Mended(pub(super) Demand);

    impl Project<ItemAdded> for Mended {
        fn project(&mut self, recorded: &Recorded<ItemAdded>) {
            self.0.count(recorded);
        }
    }
}

fn demand(parts: &[u32]) -> Demand {
    let parts = parts.to_vec();
    Demand {
        pieces: parts.len() as u64,
        parts,
    }
}

async fn rows<P: Projection>(store: &MemoryStore, models: &MemoryReadModels) -> Vec<(String, P)> {
    let model = ReadModel::<P>::new(store.clone(), models.clone());
    let rows = model.page(None, 100).await.unwrap().into_iter();
    rows.map(|(key, row)| (key.text(0).unwrap_or_default().into_owned(), row))
        .collect()
}

fn named<P>(rows: impl IntoIterator<Item = (&'static str, P)>) -> Vec<(String, P)> {
    let rows = rows.into_iter();
    rows.map(|(key, row)| (key.to_owned(), row)).collect()
}

#[tokio::test]
async fn each_part_is_projected_under_a_key_of_its_own_in_pages_of_any_size() {
    let store = MemoryStore::new();
    listed(&store, &["tea 2,coffee 1,tea 1", "", "milk 0", "coffee 1"]).await;
    for page in 1..=5 {
        let models = MemoryReadModels::new();
        let runner = Runner::new(store.clone(), models.clone());
        let runner = runner.in_pages_of(page).project::<Demand>();
        runner.catch_up().await.unwrap();
        let expected = [("coffee", demand(&[2, 0])), ("tea", demand(&[0, 1, 3]))];
        assert_eq!(rows(&store, &models).await, named(expected));
    }
}

#[tokio::test]
async fn a_rebuild_makes_the_same_rows() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let order = listed(&store, &["tea 2,coffee 1"]).await;
    let running = Runner::new(store.clone(), models.clone())
        .project::<Demand>()
        .start()
        .await
        .unwrap();
    let model = ReadModel::<Demand>::new(store.clone(), models.clone());
    append(&store, vec![list(&stream(order), "tea 1")]).await;
    let head = store.head().await.unwrap();
    model
        .wait_for(head.position(), Duration::from_secs(20))
        .await
        .unwrap();
    let before = rows::<Demand>(&store, &models).await;
    running.rebuild::<Demand>().await.unwrap();
    assert_eq!(rows::<Demand>(&store, &models).await, before);
    let expected = [("coffee", demand(&[2])), ("tea", demand(&[0, 1, 0]))];
    assert_eq!(before, named(expected));
    running.stop().await;
}

/// The first part was taken when the second one failed.
#[tokio::test]
async fn of_an_event_that_fails_no_part_is_in_the_row_and_other_keys_go_on() {
    for page in [1, 100] {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        listed(&store, &["tea 1,rare 2,tea 1", "rare 1", "tea 1"]).await;
        let runner = Runner::new(store.clone(), models.clone()).in_pages_of(page);
        runner.project::<Demand>().catch_up().await.unwrap();
        let expected = [("tea", demand(&[0, 3, 0]))];
        assert_eq!(rows(&store, &models).await, named(expected));

        let model = ReadModel::<Demand>::new(store.clone(), models.clone());
        let parked = model.parked(None, 10).await.unwrap();
        assert_eq!(parked.len(), 1);
        let (reason, waiting) = (parked[0].reason.as_str(), parked[0].waiting);
        assert_eq!(
            (&parked[0].key, reason),
            (&Key::of("rare"), "there is only one")
        );
        assert_eq!((parked[0].position, waiting), (Position::new(1), 2));

        let runner = Runner::new(store.clone(), models.clone());
        runner.project::<mended::Mended>().catch_up().await.unwrap();
        let expected = [("rare", demand(&[1, 2, 0])), ("tea", demand(&[0, 3, 0]))];
        assert_eq!(rows(&store, &models).await, named(expected));
        assert_eq!(model.parked(None, 10).await.unwrap(), []);
    }
}

#[tokio::test]
async fn an_inline_projection_sees_all_parts_of_a_history() {
    let store = MemoryStore::new();
    listed(&store, &["tea 2,coffee 1", "", "tea 1"]).await;
    let page = store
        .read(ReadLog::new(Query::all()).limit(10))
        .await
        .unwrap();
    let demand = InlineProjection::of::<Demand>();
    let fold = demand.fold(page.events()).unwrap();
    assert_eq!(fold.keys(), [Key::of("tea"), Key::of("coffee")]);
    let rows = fold.finish(vec![None, None]).unwrap();
    let rows = rows.into_iter().filter_map(|write| write.row);
    let rows: Vec<String> = rows.map(|row| row.to_string()).collect();
    assert_eq!(
        rows,
        [
            r#"{"pieces":3,"parts":[0,1,0]}"#,
            r#"{"pieces":1,"parts":[2]}"#
        ]
    );
}

/// The rule is one of pieces, however they were written down.
#[tokio::test]
async fn an_inline_projection_refuses_an_event_of_which_one_part_breaks_the_rule() {
    let store = MemoryStore::new();
    listed(&store, &["tea 1,rare 2"]).await;
    let page = store
        .read(ReadLog::new(Query::all()).limit(10))
        .await
        .unwrap();
    let fold = InlineProjection::of::<Demand>()
        .fold(page.events())
        .unwrap();
    let refused = fold.finish(vec![None, None]).unwrap_err();
    assert_eq!(
        with_causes(&refused),
        "`demand` version 1 refuses an event at position 1: there is only one"
    );
}
