//! The shutdown of the shop.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::service::{Service, new_cart, wait_until};

/// The shop has no more of the request than its head when it is asked to end.
#[test]
fn a_request_on_its_way_is_answered_before_the_shop_ends() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = new_cart();
    let body = br#"{"sku":"tea","quantity":1}"#;
    let head = format!(
        "POST {cart}/items HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n\
         expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(&service.address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    // It waits for the body.
    let go_on = b"HTTP/1.1 100 Continue\r\n\r\n";
    let mut waits = [0; 25];
    stream.read_exact(&mut waits).unwrap();
    assert_eq!(waits, *go_on);

    service.terminate();
    wait_until(|| TcpStream::connect(&service.address).is_err());
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(service.ended());

    let service = Service::start(folder.path());
    assert_eq!(service.get(&cart).json()["version"], 1);
}

/// Browsers keep connections open on which they ask nothing.
#[test]
fn a_connection_without_a_request_does_not_hold_the_shop() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let idle = TcpStream::connect(&service.address).unwrap();
    assert_eq!(service.get("/health").status, 200);
    service.terminate();
    assert!(service.ended());
    drop(idle);
    let files = std::fs::read_dir(folder.path()).unwrap();
    let names: BTreeSet<_> = files.map(|file| file.unwrap().file_name()).collect();
    let expected = ["receipts", "shop.db"].map(Into::into).into();
    assert_eq!(names, expected, "a store that was closed is one file");
}
