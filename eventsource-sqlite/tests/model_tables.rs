//! Read models as people see them who look into the file with SQL.

mod support;

use std::path::PathBuf;

use eventsource_core::ReadModelStore;
use eventsource_core::read_model::{
    Checkpoint, ClaimError, Generation, Model, Select, Table, WriteError,
};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use support::models::{claim, model, put, serve, step, table};
use support::open;
use tempfile::TempDir;

struct Shop {
    store: SqliteStore,
    path: PathBuf,
    _folder: TempDir,
}

impl Shop {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        Self {
            store: open(&path).await,
            path,
            _folder: folder,
        }
    }

    /// Another program's connection.
    fn sql(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    fn text(&self, sql: &str) -> String {
        self.sql().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn fails(&self, sql: &str) -> bool {
        self.sql().prepare(sql).is_err()
    }

    async fn rebuild(&self, model: &Model, row: &str) {
        let beside = (model, Generation::Rebuilding);
        let mut at = claim(&self.store, model, Generation::Rebuilding)
            .await
            .unwrap();
        loop {
            let rows = vec![put("tea", row)];
            at = self.store.write(step(beside, at, rows)).await.unwrap();
            if self
                .store
                .switch(model.id.clone(), at, None)
                .await
                .unwrap()
                .is_some()
            {
                return;
            }
        }
    }
}

#[tokio::test]
async fn rows_are_found_with_sql() {
    let shop = Shop::open().await;
    let table = Table::new("bought-together", 3, &["one", "2nd \"key\""][..]);
    let model = Model::new("bought-together", 3, vec![table]);
    let rows = vec![put(&("tea", 7), r#"{"times":2}"#)];
    serve(&shop.store, &model, rows).await;
    for from in ["bought_together_v3", "bought_together"] {
        let sql = format!(
            "SELECT one || \"2nd \"\"key\"\"\" || (\"row\" ->> 'times') FROM {from}
            WHERE one = 'tea' AND \"2nd \"\"key\"\"\" = 7"
        );
        assert_eq!(shop.text(&sql), "tea72");
    }
    let select =
        "SELECT concat_ws(' ', kind, name, version, generation, position, epoch, serving, state,
        error, tables ->> '$[0].table') FROM models";
    assert_eq!(
        shop.text(select),
        "projection bought-together 3 serving 1 1 1 idle bought_together_v3"
    );
}

#[tokio::test]
async fn the_view_shows_the_newest_version_that_serves() {
    let shop = Shop::open().await;
    let (one, two, three) = (model("demand", 1), model("demand", 2), model("demand", 3));
    let view = "SELECT \"row\" FROM demand WHERE sku = 'tea'";
    claim(&shop.store, &one, Generation::Serving).await.unwrap();
    assert!(shop.fails(view), "nothing serves yet");
    serve(&shop.store, &one, vec![put("tea", "1")]).await;
    assert_eq!(shop.text(view), "1");
    let from = claim(&shop.store, &two, Generation::Serving).await.unwrap();
    assert_eq!(shop.text(view), "1");
    let served = step((&two, Generation::Serving), from, vec![put("tea", "2")]);
    shop.store.write(served).await.unwrap();
    assert_eq!(shop.text(view), "2");
    shop.rebuild(&one, "1 anew").await;
    assert_eq!(shop.text(view), "2");
    assert_eq!(shop.text("SELECT \"row\" FROM demand_v1"), "1 anew");
    shop.rebuild(&two, "2 anew").await;
    assert_eq!(shop.text(view), "2 anew");
    serve(&shop.store, &three, vec![put("tea", "3")]).await;
    assert_eq!(shop.store.remove_older(three.id).await.unwrap(), [1, 2]);
    assert_eq!(shop.text(view), "3");
    assert!(shop.fails("SELECT * FROM demand_v1") && shop.fails("SELECT * FROM demand_v2"));
}

#[tokio::test]
async fn what_users_made_on_a_table_outlives_a_rebuild() {
    let shop = Shop::open().await;
    let demand = model("demand", 1);
    serve(&shop.store, &demand, vec![put("tea", r#"{"n":1}"#)]).await;
    let made = "CREATE INDEX by_n ON demand_v1 (\"row\" ->> 'n');
        CREATE UNIQUE INDEX \"by sku\" ON \"demand_v1\" (sku);
        CREATE VIEW many AS SELECT sku FROM demand WHERE \"row\" ->> 'n' > 1;
        CREATE VIEW all_of AS SELECT sku FROM demand_v1;
        CREATE TABLE seen (sku);
        CREATE TRIGGER see AFTER UPDATE ON demand_v1 BEGIN INSERT INTO seen VALUES (new.sku); END";
    shop.sql().execute_batch(made).unwrap();
    let list = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema
        WHERE name IN ('by_n', 'by sku', 'many', 'all_of', 'see') ORDER BY name)";
    let before = shop.text(list);
    for n in 2..4 {
        shop.rebuild(&demand, &format!("{{\"n\":{n}}}")).await;
        assert_eq!(shop.text(list), before);
        assert_eq!(shop.text("SELECT sku FROM many"), "tea");
        assert_eq!(shop.text("SELECT sku FROM all_of"), "tea");
        let plan = "EXPLAIN QUERY PLAN SELECT sku FROM demand_v1 WHERE \"row\" ->> 'n' = 2";
        let plan: String = shop.sql().query_row(plan, [], |row| row.get(3)).unwrap();
        assert!(plan.contains("by_n"), "{plan}");
    }
    shop.store.verify().await.unwrap();
}

#[tokio::test]
async fn an_index_that_the_rows_do_not_fit_is_blamed_and_nothing_else() {
    let shop = Shop::open().await;
    let demand = model("demand", 1);
    let at = serve(&shop.store, &demand, vec![put("tea", "1")]).await;
    shop.sql()
        .execute_batch("CREATE UNIQUE INDEX once ON demand_v1 (\"row\")")
        .unwrap();
    let double = step((&demand, Generation::Serving), at, vec![put("milk", "1")]);
    let error = shop.store.write(double).await.unwrap_err();
    assert!(
        error.to_string().contains("an index or a trigger"),
        "{error}"
    );
    let other = step((&demand, Generation::Serving), at, vec![put("milk", "2")]);
    shop.store.write(other).await.unwrap();
}

#[tokio::test]
async fn names_that_are_taken_are_refused() {
    let shop = Shop::open().await;
    let made = "CREATE TABLE mine (x); CREATE INDEX \"My_Index\" ON mine (x);
        CREATE VIEW looks AS SELECT 1; CREATE TABLE rows_v1 (x); CREATE TABLE next_v1_next (x)";
    shop.sql().execute_batch(made).unwrap();
    let both = Model::new("a-b", 1, vec![table("a-b", 1), table("a_b", 1)]);
    let own = [
        "store",
        "streams",
        "commits",
        "events",
        "tags",
        "snapshots",
        "models",
        "history",
        "Events",
        "mine",
        "MINE",
        "my-index",
        "looks",
        "rows",
        "next",
        "sqlite-x",
    ];
    for taken in own.map(|name| model(name, 1)).into_iter().chain([both]) {
        let refused = claim(&shop.store, &taken, Generation::Serving)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, ClaimError::Names(_)),
            "{taken}: {refused}"
        );
    }
    assert_eq!(shop.text("SELECT count(*) || '' FROM models"), "0");

    claim(&shop.store, &model("a-b", 1), Generation::Serving)
        .await
        .unwrap();
    for other in [
        model("a_b", 2),
        model("A-B", 7),
        model("a_b_v1", 1),
        model("a-b-v1-next", 1),
    ] {
        let refused = claim(&shop.store, &other, Generation::Serving)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, ClaimError::Names(_)),
            "{other}: {refused}"
        );
    }
}

#[tokio::test]
async fn a_view_of_somebody_else_is_not_replaced() {
    let shop = Shop::open().await;
    let demand = model("demand", 1);
    let from = claim(&shop.store, &demand, Generation::Serving)
        .await
        .unwrap();
    let made = "CREATE VIEW demand AS SELECT 'mine' AS x";
    shop.sql().execute_batch(made).unwrap();
    let write = || step((&demand, Generation::Serving), from, vec![put("tea", "1")]);
    let refused = shop.store.write(write()).await.unwrap_err();
    assert!(matches!(refused, WriteError::Names(_)), "{refused}");
    assert_eq!(shop.text("SELECT x FROM demand"), "mine");
    assert_eq!(shop.text("SELECT count(*) || '' FROM demand_v1"), "0");
    shop.sql().execute_batch("DROP VIEW demand").unwrap();
    shop.store.write(write()).await.unwrap();
    assert_eq!(shop.text("SELECT \"row\" FROM demand"), "1");
}

#[tokio::test]
async fn a_backup_has_the_read_models() {
    let shop = Shop::open().await;
    let demand = model("demand", 1);
    serve(&shop.store, &demand, vec![put("tea", "1")]).await;
    let copy = shop.path.with_file_name("copy.db");
    shop.store.backup(&copy).await.unwrap();
    let copy = open(&copy).await;
    let tea = eventsource_core::Key::of("tea");
    let keys = Select::Keys(vec![tea.clone()]);
    let rows = copy
        .rows(table("demand", 1), Generation::Serving, keys)
        .await
        .unwrap();
    assert_eq!(rows.rows, [(tea, "1".into())]);
}

#[tokio::test]
async fn neighbours_of_a_refused_step_are_stored() {
    let shop = Shop::open().await;
    let demand = model("demand", 1);
    let mut at = serve(&shop.store, &demand, vec![put("tea", "0")]).await;
    let models: Vec<Model> = ["a", "b", "c", "d", "e"]
        .map(|name| model(name, 1))
        .to_vec();
    for number in 0..40 {
        let late = step(
            (&demand, Generation::Serving),
            Checkpoint::default(),
            vec![put("tea", "0")],
        );
        let next = step(
            (&demand, Generation::Serving),
            at,
            vec![put("tea", &number.to_string())],
        );
        let claims = async {
            for model in &models {
                claim(&shop.store, model, Generation::Serving)
                    .await
                    .unwrap();
            }
        };
        let (late, next, ()) = tokio::join!(shop.store.write(late), shop.store.write(next), claims);
        assert!(
            matches!(late, Err(WriteError::TakenOver { .. })),
            "{late:?}"
        );
        at = next.unwrap();
    }
    assert_eq!(shop.text("SELECT \"row\" FROM demand"), "39");
    assert_eq!(
        shop.text("SELECT epoch || '' FROM models WHERE name = 'e'"),
        "40"
    );
}

#[tokio::test]
async fn a_closed_store_takes_no_step() {
    let shop = Shop::open().await;
    let demand = model("demand", 1);
    let at = serve(&shop.store, &demand, vec![put("tea", "1")]).await;
    shop.store.close().await;
    let late = step((&demand, Generation::Serving), at, Vec::new());
    let error = shop.store.write(late).await.unwrap_err();
    assert!(error.to_string().contains("closed"), "{error}");
    assert!(!shop.path.with_file_name("store.db-wal").exists());
}
