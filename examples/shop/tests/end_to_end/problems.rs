//! Error responses.

use std::convert::Infallible;
use std::path::Path;

use eventsource_core::{Id, Position, Repository};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use serde_json::{Value, json};
use shop::{Cart, CartEvent, Emails, Line};

use crate::service::{Answer, Service, new_cart};

/// Checks that the response is a problem of this kind by RFC 9457, and is explained on the page.
fn check(service: &Service, answer: &Answer, status: u16, kind: &str) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(!answer.header("x-request-id").is_empty());
    let problem = answer.json();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["type"], format!("/problems#{kind}"));
    assert!(
        problem["title"]
            .as_str()
            .is_some_and(|title| !title.is_empty())
    );
    let page = service.get("/problems").body;
    assert!(
        page.contains(&format!("id=\"{kind}\"")),
        "{kind} is not explained"
    );
    problem["detail"].as_str().unwrap().to_owned()
}

fn tea() -> Value {
    json!({ "sku": "tea", "quantity": 1 })
}

fn open(folder: &Path) -> Connection {
    Connection::open(folder.join("shop.db")).unwrap()
}

#[test]
fn what_the_cart_refuses_is_a_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    let checkout = format!("{cart}/checkout");
    let email = json!({ "email": "ann@example.org" });
    let empty = service.post(&checkout, &email);
    assert_eq!(check(&service, &empty, 409, "refused"), "the cart is empty");
    let absent = service.delete_with(&format!("{cart}/items/tea"), &[]);
    assert_eq!(
        check(&service, &absent, 409, "refused"),
        "there is no tea in the cart"
    );
    service.post(&format!("{cart}/items"), &tea());
    assert_eq!(service.post(&checkout, &email).status, 200);
    let paid = service.post(&format!("{cart}/items"), &tea());
    check(&service, &paid, 409, "refused");
    assert_eq!(
        service.get(&cart).json()["version"],
        2,
        "a refusal leaves nothing behind"
    );
}

#[test]
fn what_cannot_be_asked_for_is_a_bad_request() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    let items = format!("{cart}/items");
    for body in [
        json!({ "sku": "gold", "quantity": 1 }),
        json!({ "sku": "tea", "quantity": 0 }),
        json!({ "sku": "tea", "quantity": -1 }),
        json!({ "sku": "tea", "quantity": 1, "cents": 1 }),
        json!({ "sku": "tea" }),
        json!([]),
    ] {
        check(&service, &service.post(&items, &body), 422, "bad-request");
    }
    for email in [
        "",
        "ann",
        "@",
        "a@b@c",
        "ann@example.org\r\nBcc: all@example.org",
    ] {
        let answer = service.post(&format!("{cart}/checkout"), &json!({ "email": email }));
        check(&service, &answer, 422, "bad-request");
    }
    for query in ["after=x", "after=99"] {
        check(
            &service,
            &service.get(&format!("/products?{query}")),
            422,
            "bad-request",
        );
    }
    check(
        &service,
        &service.get("/products?before=1"),
        400,
        "bad-request",
    );
    check(&service, &service.get("/carts/mine"), 400, "bad-request");
    for tag in [
        "*",
        "3@17-9f2c41aa",
        "\"3@17\"",
        "\"3\"",
        "W/\"3@17-9f2c41aa\"",
    ] {
        let answer = service.post_with(&items, &tea(), &[("if-match", tag)]);
        check(&service, &answer, 400, "bad-request");
    }
    check(&service, &service.get(&cart), 404, "not-found");
}

#[test]
fn what_is_not_there_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    for path in [
        "/nothing",
        "/carts",
        "/carts/",
        &cart,
        &format!("{cart}/history"),
    ] {
        check(&service, &service.get(path), 404, "not-found");
    }
    let method = service.delete_with(&cart, &[]);
    check(&service, &method, 405, "not-found");
    assert_eq!(method.header("allow"), "GET,HEAD");
}

#[test]
fn a_store_that_is_busy_is_a_matter_of_asking_again() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let items = format!("{}/items", new_cart());
    let other = open(folder.path());
    other.execute_batch("begin immediate").unwrap();
    let busy = service.post(&items, &tea());
    let detail = check(&service, &busy, 503, "unavailable");
    assert!(!detail.contains("lock"), "{detail}");
    assert_eq!(busy.header("retry-after"), "1");
    other.execute_batch("rollback").unwrap();
    assert_eq!(service.post(&items, &tea()).status, 200);
}

/// A wait for a stopped projection fails at once.
#[test]
fn a_projection_that_stopped_is_told_to_who_waits_and_to_who_watches() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let items = format!("{}/items", new_cart());
    let first = service.post(&items, &tea());
    service.get(&format!("/products?after={}", first.header("position")));
    break_the_numbers(folder.path());
    drop(service);
    let service = Service::start(folder.path());
    let other = service.post(&format!("{}/items", new_cart()), &tea());
    let waited = service.get(&format!("/products?after={}", other.header("position")));
    let detail = check(&service, &waited, 503, "behind");
    assert!(detail.contains("stopped"), "{detail}");
    let health = service.get("/health");
    assert_eq!(
        (health.status, &health.json()["healthy"]),
        (503, &json!(false))
    );
    assert_eq!(health.json()["projections"][0]["state"], "stopped");
}

/// The numbers of one product are parked; those of others continue.
#[tokio::test]
async fn a_product_that_cannot_be_counted_is_told_to_who_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let store = SqliteStore::builder().inline::<Emails>();
    let store = store.open(folder.path().join("shop.db")).await;
    let carts = Repository::<Cart>::new(store.unwrap());
    let line = Line {
        sku: "tea".to_owned(),
        quantity: 1,
        cents: u64::MAX,
    };
    let paid = CartEvent::CheckedOut {
        email: "ann@example.org".to_owned(),
        lines: vec![line],
    };
    let mut last = Position::START;
    for _ in 0..2 {
        let pay = |_: &Cart| Ok::<_, Infallible>(paid.clone());
        last = carts.execute(Id::new(), pay).await.unwrap().last;
    }
    let waited = service.get(&format!("/products?after={last}"));
    let detail = check(&service, &waited, 503, "behind");
    assert!(
        detail.contains("behind one that cannot be counted"),
        "{detail}"
    );

    let bread = json!({ "sku": "bread", "quantity": 1 });
    let other = service.post(&format!("{}/items", new_cart()), &bread);
    let products = service.get(&format!("/products?after={}", other.header("position")));
    assert_eq!(products.json()[2]["in_carts"], 1);
    let health = service.get("/health");
    assert_eq!(
        (health.status, &health.json()["projections"][0]["parked"]),
        (200, &json!(1))
    );
}

/// A row that does not fit its type.
fn break_the_numbers(folder: &Path) {
    let store = open(folder);
    assert_eq!(
        store
            .execute("update demand_v1 set row = '{\"in_carts\": \"x\"}'", ())
            .unwrap(),
        1
    );
}

#[test]
fn what_the_shop_does_wrong_is_told_without_its_inner_side() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    service.post(&format!("{cart}/items"), &tea());
    open(folder.path())
        .execute_batch(
            "drop trigger events_are_not_updated; update events set payload = '{\"secret\": 1}'",
        )
        .unwrap();
    let failed = service.get(&cart);
    let detail = check(&service, &failed, 500, "internal");
    assert!(
        !failed.body.contains("secret") && !failed.body.contains("payload"),
        "{detail}"
    );
}
