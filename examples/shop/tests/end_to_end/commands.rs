//! Commands: a repeated request is executed once, and a decision on an old version is rejected.

use serde_json::json;

use crate::service::{Service, new_cart};

const JSON_TYPE: &str = "application/problem+json";

fn tea(quantity: u32) -> serde_json::Value {
    json!({ "sku": "tea", "quantity": quantity })
}

#[test]
fn a_request_that_comes_again_is_carried_out_once_and_answered_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let (cart, key) = (new_cart(), [("idempotency-key", "once")]);
    let items = format!("{cart}/items");
    let first = service.post_with(&items, &tea(2), &key);
    assert_eq!(first.status, 200);
    assert!(first.header("etag").starts_with("\"1@1-"));
    service.post(&items, &tea(3));
    let again = service.post_with(&items, &tea(2), &key);
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("position"), first.header("position"));
    assert_eq!(service.get(&cart).json()["lines"][0]["quantity"], 5);
}

/// The receipt is the same even if the command would be refused now.
#[test]
fn a_checkout_that_comes_again_is_not_refused_as_checked_out() {
    let folder = tempfile::tempdir().unwrap();
    let (cart, key) = (new_cart(), [("idempotency-key", "pay")]);
    let checkout = format!("{cart}/checkout");
    let email = json!({ "email": "ann@example.org" });
    {
        let service = Service::start(folder.path());
        service.post(&format!("{cart}/items"), &tea(1));
        assert_eq!(service.post_with(&checkout, &email, &key).status, 200);
    }
    // And by another process.
    let service = Service::start(folder.path());
    let again = service.post_with(&checkout, &email, &key);
    assert_eq!(again.status, 200);
    assert!(again.header("etag").starts_with("\"2@2-"));
    assert_eq!(service.post(&checkout, &email).status, 409, "the control");
}

#[test]
fn another_request_under_the_same_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let (cart, key) = (new_cart(), [("idempotency-key", "once")]);
    let items = format!("{cart}/items");
    assert_eq!(service.post_with(&items, &tea(2), &key).status, 200);
    let other = service.post_with(&items, &tea(3), &key);
    assert_eq!(
        (other.status, other.header("content-type")),
        (422, JSON_TYPE)
    );
    assert_eq!(other.json()["type"], "/problems#key-reused");
    assert_eq!(service.get(&cart).json()["lines"][0]["quantity"], 2);
}

#[test]
fn a_key_belongs_to_one_cart_and_one_route() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let key = [("idempotency-key", "the same")];
    for cart in [new_cart(), new_cart()] {
        let added = service.post_with(&format!("{cart}/items"), &tea(1), &key);
        assert_eq!(added.json()["version"], 1);
        let removed = service.delete_with(&format!("{cart}/items/tea"), &key);
        assert_eq!(removed.json()["version"], 2);
    }
}

/// Two concurrent requests with one key.
#[test]
fn requests_that_race_under_one_key_are_carried_out_once() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    let items = format!("{cart}/items");
    let ask = || service.post_with(&items, &tea(1), &[("idempotency-key", "race")]);
    let bodies = std::thread::scope(|scope| {
        let asking = [(); 8].map(|()| scope.spawn(ask));
        asking.map(|asked| asked.join().unwrap().body)
    });
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    assert_eq!(service.get(&cart).json()["version"], 1);
}

#[test]
fn a_command_that_expects_what_is_not_so_any_more_is_not_carried_out() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    let items = format!("{cart}/items");
    service.post(&items, &tea(1));
    let seen = service.get(&cart).header("etag").to_owned();
    let expecting = [("if-match", seen.as_str())];
    assert_eq!(service.post_with(&items, &tea(1), &expecting).status, 200);
    let stale = service.post_with(&items, &tea(1), &expecting);
    assert_eq!(
        (stale.status, stale.header("content-type")),
        (412, JSON_TYPE)
    );
    assert_eq!(stale.json()["type"], "/problems#stale");
    assert_eq!(service.get(&cart).json()["version"], 2);
}

#[test]
fn a_commit_says_who_asked_for_it_in_which_request_and_trace() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [
        ("actor", "ann"),
        ("x-request-id", "request 7"),
        ("traceparent", trace),
    ];
    let cart = new_cart();
    let added = service.post_with(&format!("{cart}/items"), &tea(1), &headers);
    assert_eq!(added.header("x-request-id"), "request 7");
    let store = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
    let ask = "select metadata from commits";
    let metadata: String = store.query_row(ask, (), |row| row.get(0)).unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let expected = json!({ "actor": "ann", "correlation": "request 7", "traceparent": trace });
    assert_eq!(metadata, expected);
}
