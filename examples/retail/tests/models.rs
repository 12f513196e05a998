//! The read models of the sample.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use eventsource_core::runner::Pipeline;
use eventsource_core::testing::RowsScenario;
use eventsource_core::{Id, MemoryReadModels, MemoryStore, ReadModel, Repository};
use retail::models::{BoughtTogether, Content, Household, WeeklySales, runner, week};
use retail::{Basket, CheckedOut, ItemAdded, Opened, Purchases, import};

fn sample() -> Purchases {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/retail-sample.csv");
    Purchases::open(&file, |file| file).unwrap()
}

async fn imported() -> (MemoryStore, MemoryReadModels) {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let baskets = Repository::<Basket>::new(store.clone());
    import(&baskets, sample()).await.unwrap();
    let runner = runner(store.clone(), models.clone());
    runner.catch_up().await.unwrap();
    (store, models)
}

#[tokio::test]
async fn weekly_sales_come_to_the_totals_of_the_file() {
    let (store, models) = imported().await;
    let sales = ReadModel::<WeeklySales>::new(store, models);
    let rows = sales.page(None, usize::MAX).await.unwrap();
    let units: u64 = rows.iter().map(|(_, row)| row.units).sum();
    let cents: u64 = rows.iter().map(|(_, row)| row.cents).sum();
    assert_eq!((units, cents), (154_140, 1_080_660));
    let products: BTreeSet<_> = rows.iter().map(|(key, _)| key.integer(0)).collect();
    assert_eq!(products.len(), 2_706);
    let weeks: BTreeSet<_> = rows.iter().filter_map(|(key, _)| key.text(1)).collect();
    assert!(weeks.iter().eq(&["2016-12-26", "2017-01-02"]));
}

#[tokio::test]
async fn every_household_is_there_with_its_baskets() {
    let (store, models) = imported().await;
    let households = ReadModel::<Household>::new(store, models);
    let mut expected = BTreeMap::<u32, u64>::new();
    for purchase in sample() {
        *expected.entry(purchase.unwrap().household).or_default() += 1;
    }
    for (household, baskets) in &expected {
        let row = households.get(household).await.unwrap().unwrap();
        assert_eq!(row.baskets, *baskets);
    }
    assert_eq!(households.count().await.unwrap(), expected.len() as u64);
}

#[tokio::test]
async fn bought_together_is_what_counting_the_file_gives() {
    let (store, models) = imported().await;
    let together = ReadModel::<BoughtTogether>::new(store, models);
    let mut expected = BTreeMap::<(i64, i64), u32>::new();
    for purchase in sample() {
        let lines = purchase.unwrap().lines;
        let products: BTreeSet<i64> = lines.iter().map(|line| line.product.into()).collect();
        for one in products.iter().filter(|_| products.len() <= 12) {
            for other in products.iter().filter(|other| *other != one) {
                *expected.entry((*one, *other)).or_default() += 1;
            }
        }
    }
    let rows = together.page(None, usize::MAX).await.unwrap();
    let rows: BTreeMap<(i64, i64), u32> = rows
        .into_iter()
        .map(|(key, row)| {
            (
                (key.integer(0).unwrap(), key.integer(1).unwrap()),
                row.baskets,
            )
        })
        .collect();
    assert_eq!(rows, expected);
}

/// In pages of every size a basket may be split into several changes.
#[tokio::test]
async fn a_basket_counts_once_it_is_paid() {
    let item = |product| ItemAdded {
        product,
        quantity: 1,
        cents: 100,
    };
    let opened = Opened {
        basket: 1,
        household: 7,
        shop: 3,
        at: "2017-01-01T12:00:00Z".parse().unwrap(),
    };
    let (paid, unpaid) = (Id::<Basket>::new(), Id::<Basket>::new());
    let pipeline = Pipeline::of::<Content>().followed_by::<BoughtTogether>();
    RowsScenario::<BoughtTogether>::in_pipeline(pipeline)
        .given(paid, (opened.clone(), item(1)))
        .given(unpaid, (opened, item(1), item(2)))
        .given(paid, item(2))
        .given(paid, CheckedOut { cents: 200 })
        .then_rows([
            ((1, 2), BoughtTogether { baskets: 1 }),
            ((2, 1), BoughtTogether { baskets: 1 }),
        ])
        .await;
}

#[test]
fn a_week_begins_on_monday() {
    for (at, monday) in [
        ("2017-01-01T23:59:59Z", "2016-12-26"),
        ("2017-01-02T00:00:00Z", "2017-01-02"),
    ] {
        assert_eq!(week(at.parse().unwrap()), monday);
    }
}
