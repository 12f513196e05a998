//! The types of events and the categories of streams that a connection has met.

use std::collections::HashMap;

use eventsource_core::Codec;
use eventsource_core::engine::SlotCache;
use eventsource_core::store::NewEvent;

/// A program has few names of events; of one that makes them up, no more are remembered.
pub(crate) const NAMES: usize = 1024;

/// The numbers of types that were stored, under their names.
#[derive(Debug, Default)]
pub(crate) struct Numbers(HashMap<Box<str>, Vec<(u32, Codec, i64)>>);

impl Numbers {
    pub(crate) fn get(&self, event: &NewEvent) -> Option<i64> {
        let of_name = self.0.get(&*event.name)?;
        let found = of_name
            .iter()
            .find(|(schema, codec, _)| (*schema, *codec) == (event.schema, event.codec));
        found.map(|(_, _, number)| *number)
    }

    pub(crate) fn put(&mut self, event: &NewEvent, number: i64) {
        if self.0.len() >= NAMES {
            self.clear();
        }
        let of_name = self.0.entry((*event.name).into()).or_default();
        of_name.push((event.schema, event.codec, number));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The tenant and the category of streams.
#[derive(Clone, Debug)]
pub(crate) struct Category {
    pub(crate) tenant: String,
    pub(crate) name: String,
}

/// The numbers of one category.
#[derive(Debug, Default)]
struct Tenants {
    /// The number of the default tenant, the only one of most programs.
    default: Option<i64>,
    others: HashMap<Box<str>, i64>,
}

impl Tenants {
    fn get(&self, tenant: &str) -> Option<i64> {
        if tenant.is_empty() {
            return self.default;
        }
        self.others.get(tenant).copied()
    }

    /// Returns the number that the tenant had.
    fn put(&mut self, tenant: &str, number: i64) -> Option<i64> {
        if tenant.is_empty() {
            return self.default.replace(number);
        }
        self.others.insert(tenant.into(), number)
    }
}

/// Categories that were stored, under their numbers, and their numbers under tenant and name.
#[derive(Debug)]
pub(crate) struct Categories {
    names: SlotCache<Category>,
    numbers: HashMap<Box<str>, Tenants>,
    /// How many numbers there are.
    count: usize,
}

impl Default for Categories {
    fn default() -> Self {
        Self {
            names: SlotCache::new(NAMES),
            numbers: HashMap::new(),
            count: 0,
        }
    }
}

impl Categories {
    pub(crate) fn number(&self, tenant: &str, name: &str) -> Option<i64> {
        self.numbers.get(name)?.get(tenant)
    }

    pub(crate) fn at(&self, number: i64) -> Option<&Category> {
        self.names.get(number)
    }

    pub(crate) fn put(&mut self, number: i64, category: Category) {
        if self.count >= NAMES {
            self.clear();
        }
        let tenants = self.numbers.entry((*category.name).into()).or_default();
        let known = tenants.put(&category.tenant, number);
        self.count += usize::from(known.is_none());
        self.names.put(number, category);
    }

    pub(crate) fn clear(&mut self) {
        self.names.clear();
        self.numbers.clear();
        self.count = 0;
    }
}
