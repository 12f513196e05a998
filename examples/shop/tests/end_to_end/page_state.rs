//! The message, the count and the address of the page, and its panel under the hood.

use std::convert::Infallible;

use eventsource_core::{Id, Repository};
use eventsource_sqlite::SqliteStore;
use serde_json::json;
use shop::{Cart, CartEvent, Emails};

use crate::browser::Browser;
use crate::page::{button, line, put_in, says};
use crate::service::{Service, new_cart};

const COUNT: &str = "//*[@id='count']";

fn counts(count: u32) -> String {
    format!("{COUNT}[.='{count}']")
}

fn address(browser: &Browser) -> String {
    let hash = browser.run("return location.hash.slice(1)");
    hash.as_str().unwrap().to_owned()
}

fn check_out(browser: &Browser) {
    browser.write("//*[@id='email']", "ann@example.org\u{e007}");
    browser.see(&says("Checked out. Thank you!"));
    browser.see("//*[@id='paid'][not(@hidden)]");
}

/// The parts of the cart and of the message that can be seen have no point in common, wherever the page is
/// scrolled to.
const OVERLAP: &str = "
    const page = document.getElementById('page');
    const box = (id) => document.getElementById(id).getBoundingClientRect();
    let overlap = 0, seen = 0;
    for (let top = 0; top <= page.scrollHeight; top += 20) {
        page.scrollTop = top;
        const [message, cart, frame] = [box('message'), box('cart'), box('page')];
        const [above, below] = [Math.max(cart.top, frame.top), Math.min(cart.bottom, frame.bottom)];
        if (below <= above) continue;
        seen += 1;
        const common = Math.min(below, message.bottom) - Math.max(above, message.top);
        overlap = Math.max(overlap, common);
    }
    return { overlap, seen, message: box('message').height };";

#[test]
fn the_message_never_covers_the_cart_on_a_small_telephone_and_fades() {
    let Some(browser) = Browser::open(360, 740) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    browser.run(
        "const message = document.getElementById('message');
        const look = () => {
            if (message.textContent !== '') window.said ??= performance.now();
            if (message.classList.contains('faded')) window.faded ??= performance.now();
        };
        new MutationObserver(look).observe(message, { attributes: true, childList: true });",
    );
    put_in(&browser, "Assam tea");
    let measured = browser.run(OVERLAP);
    assert!(measured["message"].as_f64() > Some(10.0), "{measured}");
    assert!(measured["seen"].as_u64() > Some(5), "{measured}");
    assert!(measured["overlap"].as_f64() <= Some(0.0), "{measured}");
    browser.see("//*[@id='message'][contains(@class, 'faded')][not(node())]");
    let shown_for = browser.run("return window.faded - window.said");
    assert!(
        shown_for.as_f64() > Some(3_000.0),
        "it can be read: {shown_for}"
    );
}

#[test]
fn the_pieces_in_the_cart_are_counted_beside_its_button() {
    let Some(browser) = Browser::open(360, 740) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    browser.see(&counts(0));
    put_in(&browser, "Assam tea");
    browser.see(&counts(1));
    browser.write("//*[@id='quantity-mug']", "3\u{e007}");
    browser.see(&counts(4));
    browser.see(&button("Cart: 4 items"));
    browser.click(&button("Cart: 4 items"));
    assert_eq!(
        browser.run("return document.activeElement.id"),
        "cart-title"
    );
    browser.click(&button("Remove Assam tea"));
    browser.see(&counts(3));
}

#[test]
fn what_is_added_after_a_checkout_goes_into_a_new_cart() {
    let Some(browser) = Browser::open(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    put_in(&browser, "Assam tea");
    browser.see(&line("1 × Assam tea"));
    let paid = address(&browser);
    check_out(&browser);
    browser.see(&counts(0));

    browser.click(&button("Add to cart: Rye bread"));
    browser.see(&says("Rye bread added to a new cart."));
    browser.see(&line("1 × Rye bread"));
    browser.see(&counts(1));
    let next = address(&browser);
    assert_ne!(next, paid);
    let lines = |cart: &str| service.get(&format!("/carts/{cart}")).json()["lines"].clone();
    assert_eq!(lines(&paid).as_array().unwrap().len(), 1);
    assert_eq!(lines(&next)[0]["sku"], "bread");

    // The shop without a cart in its address does not come back to one that is paid.
    check_out(&browser);
    browser.go(&service.url("/"));
    browser.see("//*[@id='empty'][not(@hidden)]");
    browser.see("//*[@id='paid'][@hidden]");
}

#[test]
fn a_reload_without_the_cart_in_the_address_keeps_the_cart() {
    let Some(browser) = Browser::open(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    put_in(&browser, "Assam tea");
    browser.see(&line("1 × Assam tea"));
    let cart = address(&browser);
    browser.go(&service.url("/"));
    browser.see(&line("1 × Assam tea"));
    assert_eq!(address(&browser), cart);
    // Unless another one is begun.
    browser.click(&button("New cart"));
    browser.see("//*[@id='empty'][not(@hidden)]");
    browser.run("location.reload()");
    browser.see("//*[@id='empty'][not(@hidden)]");
    assert_eq!(address(&browser), "");
}

#[test]
fn a_visit_leaves_no_complaint_in_the_log_of_the_browser() {
    let Some(browser) = Browser::open(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    browser.see("//*[@id='product-tea']//p[contains(., 'in 0 carts')]");
    put_in(&browser, "Assam tea");
    browser.see(&line("1 × Assam tea"));
    browser.run("location.reload()");
    browser.see(&line("1 × Assam tea"));
    browser.click(&button("New cart"));
    browser.see("//*[@id='empty'][not(@hidden)]");
    put_in(&browser, "Rye bread");
    browser.see(&line("1 × Rye bread"));
    check_out(&browser);
    // Of an answer that is no page, a browser asks for the icon by itself.
    browser.go(&service.url("/health"));
    browser.see("//pre[contains(., 'healthy')]");
    browser.go(&service.url("/problems"));
    browser.see("//h1[.='What can go wrong']");
    assert_eq!(browser.complaints(), [""; 0]);
    // The control: a failure is in the log.
    browser.go(&service.url(&new_cart()));
    assert!(!browser.complaints().is_empty());
    assert_eq!(service.get("/favicon.ico").status, 200);
}

/// An event in the panel under the hood.
fn stored(position: u64, text: &str) -> String {
    format!("//*[@id='stored']/li[span='{position}'][contains(., '{text}')]")
}

/// A reader in the panel: its position, its lag and its parked keys.
fn follower(name: &str, position: u64, lag: u64, parked: u64) -> String {
    let cell = |name: &str, value: u64| format!("[td[contains(@class, '{name}')]='{value}']");
    let (position, lag) = (cell("position", position), cell("lag", lag));
    format!(
        "//tr[@id='follower-{name}']{position}{lag}{}",
        cell("parked", parked)
    )
}

#[tokio::test]
async fn events_positions_and_lags_are_shown_as_they_happen_and_payloads_as_text() {
    let Some(browser) = Browser::open(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    put_in(&browser, "Assam tea");
    browser.see(&stored(1, "cart.item-added"));
    browser.see(&stored(1, r#""sku":"tea""#));
    // Of another customer, and without a click on this page.
    let items = format!("{}/items", new_cart());
    service.post(&items, &json!({ "sku": "mug", "quantity": 9 }));
    browser.see(&stored(2, r#""quantity":9"#));
    for name in ["demand", "receipts"] {
        browser.see(&follower(name, 2, 0, 0));
    }
    browser.see("//*[@id='head'][.='2']");
    // A receipt that cannot be written is parked, until it can.
    let receipts = folder.path().join("receipts");
    std::fs::remove_dir_all(&receipts).unwrap();
    check_out(&browser);
    browser.see(&stored(3, "cart.checked-out"));
    browser.see(&follower("demand", 3, 0, 0));
    browser.see(&follower("receipts", 3, 0, 1));
    std::fs::create_dir(&receipts).unwrap();
    browser.see(&follower("receipts", 3, 0, 0));
    let shown = browser.run("return document.getElementById('stored').textContent");
    assert!(
        !shown.as_str().unwrap().contains("ann@example.org"),
        "{shown}"
    );

    let store = SqliteStore::builder().inline::<Emails>();
    let store = store.open(folder.path().join("shop.db")).await.unwrap();
    let hostile = CartEvent::ItemAdded {
        sku: "<img src=x onerror=alert(1)>".to_owned(),
        quantity: 1,
        cents: 1,
    };
    Repository::<Cart>::new(store)
        .execute(Id::new(), |_| Ok::<_, Infallible>(hostile.clone()))
        .await
        .unwrap();
    browser.see(&stored(4, "<img src=x onerror=alert(1)>"));
    assert_eq!(browser.run("return document.images.length"), 0);
    assert_eq!(browser.complaints(), [""; 0]);
}

/// A lag is too short to be met, so a stream of the test says how it grows and goes.
#[test]
fn a_lag_is_marked_until_it_is_gone() {
    let Some(browser) = Browser::open(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    browser.see(&follower("demand", 0, 0, 0));
    browser.run(
        "window.EventSource = class extends EventTarget {
            constructor() { super(); window.stream = this; }
            close() {}
        };",
    );
    // A browser may report two quick clicks as one, after which the page keeps its stream.
    while browser.run("return window.stream === undefined") == true {
        browser.click("//*[@id='hood']/summary");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let progress = |lag: u64| {
        let followers = json!([{ "name": "demand", "position": "7", "lag": lag, "parked": 0 }]);
        let data = json!({ "head": (7 + lag).to_string(), "followers": followers }).to_string();
        browser.run(&format!(
            "window.stream.dispatchEvent(new MessageEvent('progress', {{ data: {} }}))",
            json!(data)
        ));
    };
    progress(3);
    browser.see(&follower("demand", 7, 3, 0));
    browser.see("//*[@id='head'][.='10']");
    browser.see("//tr[@id='follower-demand']/td[@class='lag behind']");
    progress(0);
    browser.see(&follower("demand", 7, 0, 0));
    browser.see("//tr[@id='follower-demand']/td[@class='lag']");
}

/// No stream is open for a panel that is closed.
#[test]
fn the_panel_under_the_hood_is_closed_on_a_small_telephone_and_opens() {
    let Some(browser) = Browser::open(360, 740) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    put_in(&browser, "Assam tea");
    let rows = "return document.getElementById('stored').children.length";
    assert_eq!(browser.run(rows), 0);
    browser.click("//*[@id='hood']/summary");
    browser.see(&stored(1, "cart.item-added"));
    let sideways = "return document.getElementById('page').scrollWidth
        - document.getElementById('page').clientWidth";
    assert!(browser.run(sideways).as_i64() <= Some(0));
}
