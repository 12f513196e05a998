//! Receipts that are sent once, even if the shop is killed.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::service::{Service, new_cart, wait_until};

const KILLS: u64 = 8;
/// The number of carts that are paid before each kill.
const CARTS: u64 = 12;

/// The names of the receipts and what is in them.
fn receipts(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder.join("receipts")).into_iter().flatten();
    let paths = files.map(|file| file.unwrap().path());
    let receipt = |path: std::path::PathBuf| {
        let name = path.file_name()?.to_str()?.to_owned();
        // One that is not finished may be gone meanwhile.
        path.extension()
            .is_some_and(|it| it == "txt")
            .then(|| (name, fs::read_to_string(&path)))
    };
    paths
        .filter_map(receipt)
        .map(|(name, text)| (name, text.unwrap()))
        .collect()
}

/// Fills a cart and pays it.
fn pay(service: &Service) -> String {
    let cart = new_cart();
    let tea = json!({ "sku": "tea", "quantity": 2 });
    assert_eq!(service.post(&format!("{cart}/items"), &tea).status, 200);
    let email = json!({ "email": "ann@example.org" });
    assert_eq!(
        service.post(&format!("{cart}/checkout"), &email).status,
        200
    );
    cart.rsplit('/').next().unwrap().to_owned()
}

#[test]
fn a_receipt_lists_the_products() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path());
    let cart = pay(&service);
    wait_until(|| receipts(folder.path()).len() == 1);
    let (_, text) = receipts(folder.path()).pop_first().unwrap();
    assert!(text.starts_with("To: ann@example.org\n"), "{text}");
    assert!(
        text.contains(&cart) && text.contains("2 × Assam tea"),
        "{text}"
    );
    assert!(text.ends_with("13.80 €\n"), "{text}");
}

/// It is killed while it writes them.
#[test]
fn each_paid_cart_has_one_receipt_although_the_shop_is_killed_repeatedly() {
    let seed = RandomState::new().hash_one(()) >> 32;
    println!("the seed is {seed}");
    let folder = tempfile::tempdir().unwrap();
    let mut paid = Vec::new();
    for kill in 0..KILLS {
        let mut random = DefaultHasher::new();
        (seed, kill).hash(&mut random);
        let random = random.finish();
        let before = receipts(folder.path()).len();
        let service = Service::start(folder.path());
        paid.extend((0..CARTS).map(|_| pay(&service)));
        let wanted = before + usize::try_from(random % CARTS).unwrap();
        wait_until(|| receipts(folder.path()).len() >= wanted);
        std::thread::sleep(Duration::from_micros(random % 3_000));
        drop(service);
    }
    let service = Service::start(folder.path());
    paid.push(pay(&service));
    let last = || {
        let health = service.get("/health").json();
        let all = health["projections"].as_array().unwrap().clone();
        let receipts = all
            .into_iter()
            .find(|one| one["name"] == "receipts")
            .unwrap();
        receipts["state"] == "running" && receipts["lag"] == 0
    };
    wait_until(last);

    let receipts = receipts(folder.path());
    let mut named: Vec<_> = receipts.values().map(|text| cart_of(text)).collect();
    named.sort_unstable();
    paid.sort_unstable();
    assert_eq!(named, paid);
    let files = fs::read_dir(folder.path().join("receipts")).unwrap();
    assert_eq!(files.count(), receipts.len(), "nothing is left unfinished");
}

fn cart_of(receipt: &str) -> &str {
    let (_, cart) = receipt.split_once("\nCart ").expect("it names its cart");
    cart.split_once('\n').expect("it is whole").0
}
