//! Hostile requests.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::service::{Service, new_cart};

/// Sends these bytes and reads to the end.
fn send(service: &Service, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(&service.address).unwrap();
    // What is far too long is not read to its end; then writing fails.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("")
}

const JSON: &str = "content-type: application/json\r\n";
const TEA: &[u8] = br#"{"sku":"tea","quantity":1}"#;

#[test]
fn hostile_requests_are_answered_and_the_shop_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    let items = format!("{cart}/items");
    let headers = |more: &str| format!("{JSON}{more}");
    let long = "x".repeat(201);
    let deep = "[".repeat(10_000);
    for (expected, request) in [
        ("200", post(&items, JSON, TEA)),
        ("400", post(&items, JSON, b"{\"sku\":")),
        ("400", post(&items, JSON, b"\xff\xfe")),
        ("422", post(&items, JSON, b"null")),
        ("422", post(&items, JSON, deep.as_bytes())),
        ("415", post(&items, "", TEA)),
        ("415", post(&items, "content-type: text/plain\r\n", TEA)),
        ("413", post(&items, JSON, &b" ".repeat(20_000))),
        (
            "400",
            post(
                &items,
                &headers(&format!("idempotency-key: {long}\r\n")),
                TEA,
            ),
        ),
        ("400", post(&items, &headers("idempotency-key:\r\n"), TEA)),
        ("400", post("/carts/..%2F..%2Fetc/items", JSON, TEA)),
        ("400", post("/carts/%ff/items", JSON, TEA)),
        ("400", post("/carts/%00/items", JSON, TEA)),
    ] {
        let answer = send(&service, &request);
        let asked = String::from_utf8_lossy(&request[..request.len().min(300)]).into_owned();
        assert_eq!(status(&answer), expected, "{asked}: {answer}");
        assert!(
            expected == "200" || answer.contains("application/problem+json"),
            "{answer}"
        );
    }
    assert_eq!(
        service.get(&cart).json()["version"],
        1,
        "one of them was good"
    );
}

#[test]
fn headers_that_are_no_text_are_refused_where_they_matter() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    let request = |name: &str| {
        let mut head = format!("POST {cart}/items HTTP/1.1\r\nhost: shop\r\n{JSON}").into_bytes();
        head.extend_from_slice(b"connection: close\r\ncontent-length: 26\r\n");
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": \xf0\x28\x8c\x28\r\n\r\n");
        head.extend_from_slice(TEA);
        send(&service, &head)
    };
    for name in ["idempotency-key", "if-match", "actor"] {
        let answer = request(name);
        assert_eq!(status(&answer), "400", "{name}: {answer}");
    }
    // Nothing depends on these.
    for name in ["x-request-id", "traceparent", "cookie"] {
        let answer = request(name);
        assert_eq!(status(&answer), "200", "{name}: {answer}");
    }
}

#[test]
fn what_is_no_http_at_all_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    for bytes in [
        &b"\0\0\0\0\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        &b"A".repeat(1 << 20),
    ] {
        assert_ne!(status(&send(&service, bytes)), "200");
    }
    drop(TcpStream::connect(&service.address).unwrap());
    let page = service.get("/");
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert_eq!(page.header("x-content-type-options"), "nosniff");
}
