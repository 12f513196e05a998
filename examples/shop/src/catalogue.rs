//! The products of the shop.

/// A product of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the list below makes them")]
pub struct Product {
    /// The stock-keeping unit, which identifies the product.
    pub sku: &'static str,
    /// The name for customers.
    pub name: &'static str,
    /// The current price.
    pub cents: u64,
}

/// The products of the shop.
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
    /// Finds a product by its SKU.
    #[must_use]
    pub fn find(sku: &str) -> Option<&'static Self> {
        PRODUCTS.iter().find(|product| product.sku == sku)
    }
}
