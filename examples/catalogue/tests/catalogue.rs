//! The catalogue that is kept is what the code says.

use std::path::Path;

use catalogue::CATALOGUED;
use eventsource_schema::Catalogue;

fn catalogue(program: &str) -> Catalogue {
    let catalogue = Catalogue::of_module(program);
    catalogue.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_catalogue_is_current() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR"));
    for program in CATALOGUED {
        if let Err(error) = catalogue(program).check(kept.join(program)) {
            panic!("{error}\nrun `cargo run -p catalogue`");
        }
    }
}

#[test]
fn what_nobody_reads_is_meant() {
    for program in CATALOGUED {
        let unread = match program {
            // It is the first one of the README, which knows no projections yet.
            "cart" => [
                "cart.item-added",
                "cart.item-removed",
                "cart.shipping-entered",
            ]
            .as_slice(),
            _ => &[],
        };
        assert_eq!(catalogue(program).unread(), unread, "{program}");
    }
}
