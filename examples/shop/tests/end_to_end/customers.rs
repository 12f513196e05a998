//! One account per e-mail address.

use eventsource_core::uuid::Uuid;
use serde_json::json;

use crate::service::Service;

fn new_customer() -> String {
    format!("/customers/{}", Uuid::now_v7())
}

#[test]
fn an_address_belongs_to_one_customer() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let (ann, other) = (new_customer(), new_customer());
    let registered = service.post(&ann, &json!({ "email": "Ann@example.org" }));
    assert_eq!(registered.status, 200);
    assert!(registered.header("etag").starts_with("\"1@1-"));
    assert_eq!(service.get(&ann).json()["email"], "Ann@example.org");

    let taken = service.post(&other, &json!({ "email": "ann@EXAMPLE.org" }));
    assert_eq!(
        (taken.status, &taken.json()["type"]),
        (409, &json!("/problems#refused"))
    );
    assert_eq!(
        taken.json()["detail"],
        "another customer has this e-mail address"
    );
    assert_eq!(service.get(&other).status, 404, "nothing of it is stored");
    let free = service.post(&other, &json!({ "email": "bob@example.org" }));
    assert_eq!(free.status, 200);
    let again = service.post(&ann, &json!({ "email": "ann@example.com" }));
    assert_eq!(again.json()["detail"], "the customer is registered already");
}

/// A repeated registration is not rejected by its own row.
#[test]
fn a_registration_that_comes_again_is_answered_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let (ann, key) = (new_customer(), [("idempotency-key", "once")]);
    let email = json!({ "email": "ann@example.org" });
    let first = service.post_with(&ann, &email, &key);
    let again = service.post_with(&ann, &email, &key);
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(first.body, again.body);
}

#[test]
fn of_many_who_want_one_address_at_once_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let ask = || {
        service
            .post(&new_customer(), &json!({ "email": "ann@example.org" }))
            .status
    };
    let mut answers = std::thread::scope(|scope| {
        let asking = [(); 8].map(|()| scope.spawn(ask));
        asking.map(|asked| asked.join().unwrap())
    });
    answers.sort_unstable();
    assert_eq!(answers, [200, 409, 409, 409, 409, 409, 409, 409]);
}
