//! Current and past carts, and read models that include the last write.

use serde_json::{Value, json};

use crate::service::{Service, new_cart, wait_until};

fn put_in(service: &Service, cart: &str, sku: &str, quantity: u32) -> String {
    let body = json!({ "sku": sku, "quantity": quantity });
    let answer = service.post(&format!("{cart}/items"), &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.header("position").to_owned()
}

fn product(products: &Value, sku: &str) -> Value {
    let mut all = products.as_array().unwrap().iter();
    all.find(|product| product["sku"] == sku).unwrap().clone()
}

#[test]
fn a_cart_is_shown_as_it_was_at_each_version() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    put_in(&service, &cart, "tea", 2);
    put_in(&service, &cart, "mug", 1);
    service.delete_with(&format!("{cart}/items/tea"), &[]);
    let skus = |version: u64| {
        let then = service.get(&format!("{cart}?version={version}")).json();
        let lines = then["lines"].as_array().unwrap().clone();
        lines
            .iter()
            .map(|line| line["sku"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        [skus(1), skus(2), skus(3)],
        [vec!["tea"], vec!["mug", "tea"], vec!["mug"]]
    );
    let beyond = service.get(&format!("{cart}?version=4"));
    assert_eq!(
        (beyond.status, &beyond.json()["type"]),
        (404, &json!("/problems#not-found"))
    );
}

#[test]
fn a_history_tells_all_that_happened_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    put_in(&service, &cart, "tea", 2);
    put_in(&service, &cart, "tea", 1);
    service.delete_with(&format!("{cart}/items/tea"), &[("actor", "ann")]);
    let history = service.get(&format!("{cart}/history"));
    assert_eq!(history.header("etag"), service.get(&cart).header("etag"));
    let events = history.json();
    let happened = events
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["happened"].as_str().unwrap());
    let expected = [
        "2 × Assam tea added",
        "Assam tea: now 3",
        "Assam tea removed",
    ];
    assert_eq!(happened.collect::<Vec<_>>(), expected);
    assert_eq!(
        (&events[2]["version"], &events[2]["actor"]),
        (&json!(3), &json!("ann"))
    );
    assert!(events[0]["recorded_at"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn a_cart_that_did_not_change_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    put_in(&service, &cart, "tea", 2);
    let etag = service.get(&cart).header("etag").to_owned();
    let known = [("if-none-match", etag.as_str())];
    let unchanged = service.get_with(&cart, &known);
    assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""));
    assert_eq!(unchanged.header("etag"), etag);
    put_in(&service, &cart, "tea", 1);
    assert_eq!(service.get_with(&cart, &known).status, 200);
}

#[test]
fn whoever_writes_finds_it_in_the_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    for carts in 1..=20 {
        let position = put_in(&service, &new_cart(), "tea", 2);
        let products = service.get(&format!("/products?after={position}"));
        assert_eq!(product(&products.json(), "tea")["in_carts"], carts);
        let seen: u64 = products.header("position").parse().unwrap();
        assert!(seen >= position.parse().unwrap());
    }
}

#[test]
fn the_numbers_tell_what_was_removed_and_what_was_sold_for_how_much() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    put_in(&service, &cart, "tea", 1);
    put_in(&service, &cart, "tea", 2);
    put_in(&service, &cart, "mug", 1);
    service.delete_with(&format!("{cart}/items/mug"), &[]);
    let email = json!({ "email": "ann@example.org" });
    let paid = service.post(&format!("{cart}/checkout"), &email);
    assert_eq!(paid.json()["total_cents"], 3 * 690);
    put_in(&service, &new_cart(), "tea", 1);
    let position = put_in(&service, &new_cart(), "mug", 5);
    let products = service.get(&format!("/products?after={position}")).json();
    let numbers = |sku: &str| {
        let product = product(&products, sku);
        let number = |name: &str| product[name].as_u64().unwrap();
        ["in_carts", "removals", "sold", "revenue_cents"].map(number)
    };
    assert_eq!(numbers("tea"), [1, 0, 3, 2_070]);
    assert_eq!(numbers("mug"), [1, 1, 0, 0]);
    assert_eq!(numbers("bread"), [0, 0, 0, 0]);
}

#[test]
fn a_healthy_shop_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let position = put_in(&service, &new_cart(), "tea", 1);
    service.get(&format!("/products?after={position}"));
    // The rows are there a moment before the runner says so.
    wait_until(|| service.get("/health").json()["projections"][0]["lag"] == 0);
    let health = service.get("/health");
    assert_eq!(health.status, 200);
    let demand = &health.json()["projections"][0];
    assert_eq!(
        (&demand["name"], &demand["state"]),
        (&json!("demand"), &json!("running"))
    );
    assert_eq!(
        (&demand["position"], &demand["lag"]),
        (&json!("1"), &json!(0))
    );
}
