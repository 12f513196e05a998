//! The stream of what happens in the shop.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::service::{Service, new_cart};

/// A stream of server-sent events.
struct Stream(BufReader<TcpStream>);

/// One of them.
#[derive(Debug, Default)]
struct Sent {
    kind: String,
    id: String,
    data: Value,
}

impl Stream {
    fn open(service: &Service, headers: &str) -> Self {
        let mut stream = TcpStream::connect(&service.address).unwrap();
        let request = format!("GET /activity HTTP/1.1\r\nhost: shop\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        Self(BufReader::new(stream))
    }

    /// The next event; `None` if the stream ends. An empty line ends an event.
    fn next(&mut self) -> Option<Sent> {
        let mut sent = Sent::default();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("event", kind)) => kind.clone_into(&mut sent.kind),
                Some(("id", id)) => id.clone_into(&mut sent.id),
                Some(("data", data)) => sent.data = serde_json::from_str(data).unwrap(),
                None if !sent.kind.is_empty() && line.trim_end().is_empty() => return Some(sent),
                _ => {}
            }
        }
    }

    fn stored(&mut self) -> Sent {
        loop {
            let sent = self.next().expect("the stream goes on");
            if sent.kind == "stored" {
                return sent;
            }
        }
    }
}

fn add(service: &Service, cart: &str, quantity: u32) {
    let tea = json!({ "sku": "tea", "quantity": quantity });
    assert_eq!(service.post(&format!("{cart}/items"), &tea).status, 200);
}

#[test]
fn the_last_events_come_first_and_then_those_that_happen_without_addresses_of_people() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    for quantity in 1..=25 {
        add(&service, &new_cart(), quantity);
    }
    let mut stream = Stream::open(&service, "");
    for quantity in 6..=25 {
        let stored = stream.stored();
        assert_eq!(stored.data["position"], json!(quantity.to_string()));
        assert_eq!(stored.data["payload"]["quantity"], json!(quantity));
    }
    add(&service, &cart, 1);
    let stored = stream.stored().data;
    assert_eq!(
        (&stored["position"], &stored["name"]),
        (&json!("26"), &json!("cart.item-added"))
    );
    let email = json!({ "email": "ann@example.org" });
    service.post(&format!("{cart}/checkout"), &email);
    let stored = stream.stored().data;
    assert_eq!(stored["name"], "cart.checked-out");
    assert_eq!(stored["payload"]["email"], "…");
    assert_eq!(stored["payload"]["lines"][0]["sku"], "tea");
}

#[test]
fn the_progress_ends_with_all_readers_at_the_head() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let mut stream = Stream::open(&service, "");
    add(&service, &new_cart(), 1);
    let is_at_head = |progress: &Value| {
        let readers = progress["followers"].as_array().unwrap();
        let at_head = readers
            .iter()
            .filter(|it| it["position"] == "1" && it["lag"] == 0);
        progress["head"] == "1" && at_head.count() == 2
    };
    while let Some(sent) = stream.next() {
        if sent.kind == "progress" && is_at_head(&sent.data) {
            return;
        }
    }
    panic!("the stream has ended");
}

#[test]
fn a_stream_that_was_cut_goes_on_after_the_last_event_that_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    for quantity in 1..=30 {
        add(&service, &new_cart(), quantity);
    }
    let mut stream = Stream::open(&service, "");
    let (first, second) = (stream.stored(), stream.stored());
    assert_eq!(first.data["position"], "11");
    drop(stream);
    let after = |id: &str| {
        let mut stream = Stream::open(&service, &format!("last-event-id: {id}\r\n"));
        stream.stored().data["position"].clone()
    };
    assert_eq!(after(&first.id), second.data["position"]);
    // An event that is not in the history of this store, and no event at all.
    let other = first.id.replacen("11-", "12-", 1);
    for id in [
        other.as_str(),
        "99-01890a5d-ac96-774b-bcce-b302099a8057",
        "x",
    ] {
        assert_eq!(after(id), "11", "{id}");
    }
}

#[test]
fn an_open_stream_does_not_hold_the_shop_when_it_closes() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    add(&service, &new_cart(), 1);
    let mut stream = Stream::open(&service, "");
    stream.stored();
    let asked = Instant::now();
    service.terminate();
    while stream.next().is_some() {}
    assert!(service.ended());
    // Connections that go on would hold it for 8 seconds.
    assert!(
        asked.elapsed() < Duration::from_secs(6),
        "{:?}",
        asked.elapsed()
    );
}
