//! What there is to buy.

/// Something to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the list below makes them")]
pub struct Product {
    /// What the shop calls it.
    pub sku: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it costs today.
    pub cents: u64,
}

/// All there is to buy.
pub const PRODUCTS: [Product; 6] = [
    product("tea", "Assam tea", 690),
    product("honey", "Heather honey", 840),
    product("bread", "Rye bread", 420),
    product("cheese", "Mountain cheese", 575),
    product("apples", "Apples", 350),
    product("mug", "Stoneware mug", 1_450),
];

const fn product(sku: &'static str, name: &'static str, cents: u64) -> Product {
    Product { sku, name, cents }
}

impl Product {
    /// The product that the shop calls so.
    #[must_use]
    pub fn find(sku: &str) -> Option<&'static Self> {
        PRODUCTS.iter().find(|product| product.sku == sku)
    }
}
