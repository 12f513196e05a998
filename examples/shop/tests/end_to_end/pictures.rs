//! The picture of the page that the README shows.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::browser::Browser;
use crate::page::{button, line, put_in, step};
use crate::service::{Service, new_cart};

/// The largest picture that is kept.
const LARGEST: usize = 150_000;

fn path() -> impl AsRef<Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures/shop.png")
}

#[test]
#[ignore = "it writes docs/pictures/shop.png; scripts/pictures runs it"]
fn the_picture_of_the_page_is_taken() {
    let browser = Browser::open(1280, 880).expect("a browser");
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    // Of another customer.
    let cart = new_cart();
    service.post(
        &format!("{cart}/items"),
        &json!({ "sku": "apples", "quantity": 4 }),
    );
    let email = json!({ "email": "bob@example.org" });
    service.post(&format!("{cart}/checkout"), &email);
    for product in ["Assam tea", "Heather honey", "Rye bread"] {
        put_in(&browser, product);
    }
    browser.click(&button("Remove Heather honey"));
    browser.see(&step("Heather honey removed"));
    put_in(&browser, "Mountain cheese");
    browser.see(&line("1 × Mountain cheese"));
    browser.see("//*[@id='stored']/li[span='7']");
    browser.see("//*[@id='follower-receipts']/td[.='7']");
    // The colours of what is new have faded.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let picture = browser.picture();
    assert!(picture.len() < LARGEST, "{} bytes", picture.len());
    fs::write(path(), picture).unwrap();
}

#[test]
fn the_picture_that_is_kept_is_small_and_as_wide_as_a_page() {
    let picture = fs::read(path()).unwrap();
    assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!(picture[16..20], 1_280_u32.to_be_bytes());
    assert!(picture.len() < LARGEST, "{} bytes", picture.len());
}
