//! The page, used in a browser.

use std::convert::Infallible;

use eventsource_core::{Id, Repository};
use eventsource_sqlite::SqliteStore;
use serde_json::json;
use shop::{Cart, CartEvent, Emails};

use crate::browser::Browser;
use crate::service::Service;

const MESSAGE: &str = "//*[@id='message']";

pub(crate) fn button(label: &str) -> String {
    format!("//button[@aria-label='{label}' or normalize-space()='{label}']")
}

pub(crate) fn says(text: &str) -> String {
    format!("{MESSAGE}[contains(., '{text}')]")
}

/// The selector of a quantity in the cart.
pub(crate) fn line(text: &str) -> String {
    format!("//*[@id='line-rows']/tr/th[.='{text}']")
}

/// A step of the history.
pub(crate) fn step(text: &str) -> String {
    format!("//*[@id='history']//button[contains(., '{text}')]")
}

pub(crate) fn put_in(browser: &Browser, product: &str) {
    browser.click(&button(&format!("Add to cart: {product}")));
    browser.see(&says(&format!("{product} added.")));
}

/// Everything that a customer does, at pages of this width.
fn a_visit(width: u32, height: u32) {
    let Some(browser) = Browser::open(width, height) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    browser.see("//*[@id='product-tea']//p[contains(., 'in 0 carts')]");

    put_in(&browser, "Assam tea");
    put_in(&browser, "Heather honey");
    browser.see(&line("1 × Assam tea"));
    browser.see("//*[@id='product-tea']//p[contains(., 'in 1 cart ')]");

    browser.click(&button("Remove Heather honey"));
    browser.see(&says("Heather honey removed."));
    browser.see("//*[@id='product-honey']//p[contains(., 'removed once')]");
    browser.see(&step("Heather honey removed"));
    let focused = "return document.activeElement.id";
    assert_eq!(browser.run(focused), "cart-title", "the button is gone");

    // Back to when the honey was in.
    browser.click(&step("1 × Heather honey added"));
    browser.see("//*[@id='past-text'][.='As it was after step 2 of 3']");
    browser.see(&line("1 × Heather honey"));
    assert!(is_hidden(&browser, "checkout"), "the past cannot be paid");
    // One step further back, with the keyboard.
    browser.press("//*[@id='moment']", "\u{e012}");
    browser.see("//*[@id='past-text'][.='As it was after step 1 of 3']");
    browser.click(&button("Back to now"));
    browser.see("//*[@id='past'][@hidden]");

    // Too many of a product.
    browser.write("//*[@id='quantity-tea']", "99\u{e007}");
    browser.see(&says(
        "There would be 100 × Assam tea in the cart; at most 99 go in.",
    ));
    browser.see(&format!("{MESSAGE}[@class='bad']"));

    browser.write("//*[@id='email']", "ann@example.org\u{e007}");
    browser.see(&says("Checked out. Thank you!"));
    browser.see(&step("checked out"));
    browser.see("//*[@id='product-tea']//p[contains(., '6.90 sold')]");
    assert!(is_hidden(&browser, "checkout"), "a cart is paid once");

    // What the page says stays when it is loaded anew.
    browser.run("location.reload()");
    browser.see("//*[@id='paid'][not(@hidden)]");
    let sideways = "const root = document.documentElement, page = document.getElementById('page');
        return Math.max(root.scrollWidth - root.clientWidth, page.scrollWidth - page.clientWidth)";
    assert!(
        browser.run(sideways).as_i64() <= Some(0),
        "nothing is beside the page"
    );
    let complaints = browser.complaints();
    let refused = |complaint: &&String| complaint.contains("409");
    assert_eq!(complaints.iter().find(|it| !refused(it)), None);
}

fn is_hidden(browser: &Browser, id: &str) -> bool {
    browser.run(&format!("return document.getElementById('{id}').hidden")) == true
}

#[test]
fn a_customer_fills_a_cart_looks_back_and_pays() {
    a_visit(1280, 900);
}

#[test]
fn a_customer_does_the_same_on_a_small_telephone() {
    a_visit(360, 740);
}

/// Changes from another window are neither paid unseen nor lost.
#[test]
fn only_what_the_customer_sees_is_paid() {
    let Some(browser) = Browser::open(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    put_in(&browser, "Assam tea");
    browser.see(&line("1 × Assam tea"));
    let cart = browser.run("return location.hash.slice(1)");
    let items = format!("/carts/{}/items", cart.as_str().unwrap());
    let elsewhere = json!({ "sku": "mug", "quantity": 9 });
    assert_eq!(service.post(&items, &elsewhere).status, 200);

    browser.write("//*[@id='email']", "ann@example.org\u{e007}");
    browser.see(&says("get it again and decide anew"));
    browser.see(&line("9 × Stoneware mug"));
    browser.click(&button("Check out"));
    browser.see(&says("Checked out. Thank you!"));
}

/// A late response about a cart that is no longer shown changes nothing.
#[test]
fn the_cart_of_the_address_is_shown_whichever_answer_comes_last() {
    let Some(browser) = Browser::open(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    browser.go(&service.url("/"));
    put_in(&browser, "Assam tea");
    browser.see(&line("1 × Assam tea"));
    // To another cart and back, and what is said of that one comes last.
    browser.run(
        "const [full, ask] = [location.hash.slice(1), window.fetch];
        const late = new Promise((resolve) => { window.answer = resolve; });
        window.fetch = async (path, options) => {
            const answer = await ask(path, options);
            if (path === `/carts/${full}`) document.body.dataset.isBack = true;
            else if (path.startsWith('/carts/') && !path.includes(full)) await late;
            return answer;
        };
        location.hash = crypto.randomUUID();
        const back = () => { location.hash = full; };
        window.addEventListener('hashchange', back, { once: true });",
    );
    browser.see("//body[@data-is-back]");
    browser.run("window.answer()");
    put_in(&browser, "Heather honey");
    browser.see(&line("1 × Heather honey"));
    browser.see(&line("1 × Assam tea"));
}

/// A name without a space finds no place to break by itself.
#[tokio::test]
async fn a_long_name_stays_on_a_small_page() {
    let Some(browser) = Browser::open(360, 740) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let store = SqliteStore::builder().inline::<Emails>();
    let store = store.open(folder.path().join("shop.db")).await;
    let (cart, sku) = (Id::new(), "long".repeat(50));
    let (quantity, cents) = (1, 1);
    let long = CartEvent::ItemAdded {
        sku: sku.clone(),
        quantity,
        cents,
    };
    Repository::<Cart>::new(store.unwrap())
        .execute(cart, |_| Ok::<_, Infallible>(long.clone()))
        .await
        .unwrap();
    browser.go(&service.url(&format!("/#{cart}")));
    browser.click(&button(&format!("Remove {sku}")));
    browser.see(&says(&format!("{sku} removed.")));
    browser.see(&step(&format!("{sku} removed")));
    for id in ["message", "history"] {
        let wide = format!(
            "const it = document.getElementById('{id}'); return it.scrollWidth - it.clientWidth"
        );
        assert_eq!(browser.run(&wide), 0, "{id}");
    }
}

/// Hostile values in the store are shown as text.
#[tokio::test]
async fn text_of_the_store_is_never_taken_for_html() {
    let Some(browser) = Browser::open(1280, 900) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let store = SqliteStore::builder().inline::<Emails>();
    let store = store.open(folder.path().join("shop.db")).await;
    let cart = Id::new();
    let hostile = CartEvent::ItemAdded {
        sku: "<img src=x onerror=alert(1)>".to_owned(),
        quantity: 1,
        cents: 1,
    };
    Repository::<Cart>::new(store.unwrap())
        .execute(cart, |_| Ok::<_, Infallible>(hostile.clone()))
        .await
        .unwrap();
    browser.go(&service.url(&format!("/#{cart}")));
    browser.see(&line("1 × <img src=x onerror=alert(1)>"));
    browser.see(&step("1 × <img src=x onerror=alert(1)> added"));
    assert_eq!(browser.run("return document.images.length"), 0);
}
