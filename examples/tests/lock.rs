//! What the programs store. They stand in one crate, and have a lock each.

mod bank {
    eventsource_schema::lock!("locks/bank.lock", modules(examples::bank));
}

mod cart {
    eventsource_schema::lock!("locks/cart.lock", modules(examples::cart));
}

mod retail {
    eventsource_schema::lock!("locks/retail.lock", modules(examples::retail));
}

mod shop {
    eventsource_schema::lock!("locks/shop.lock", modules(examples::shop));
}
