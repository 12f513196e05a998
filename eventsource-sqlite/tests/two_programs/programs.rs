//! The program that is there, and the one that takes its place.

use std::sync::{Arc, Mutex};

use eventsource_core::{Id, Repository};
use eventsource_sqlite::SqliteStore;

use crate::support::open;

/// A file that both programs have opened.
pub(crate) struct Both {
    _folder: tempfile::TempDir,
    pub(crate) old: SqliteStore,
    pub(crate) new: SqliteStore,
}

impl Both {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        Self {
            old: open(&path).await,
            new: open(&path).await,
            _folder: folder,
        }
    }

    pub(crate) fn old_carts(&self) -> Repository<old::Cart> {
        Repository::new(self.old.clone())
    }

    pub(crate) fn new_carts(&self) -> Repository<new::Cart> {
        Repository::new(self.new.clone())
    }
}

pub(crate) fn same<A, B>(id: Id<A>) -> Id<B> {
    Id::from_uuid(id.uuid())
}

/// The products that a reactor has recorded.
pub(crate) type Products = Arc<Mutex<Vec<String>>>;

/// The program that is there, and the one that takes its place, but for the event they add items by.
macro_rules! program {
    ($program:ident: $($item_added:tt)*) => {
        pub(crate) mod $program {
            use std::convert::Infallible;

            use eventsource_core::{
                Aggregate, Apply, Delivery, Project, Projection, React, Reactor, Recorded, event,
            };
            use serde::{Deserialize, Serialize};

            $($item_added)*

            #[event(name = "cart.noted")]
            pub(crate) struct Noted;

            #[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
            #[aggregate(events(ItemAdded, Noted), snapshot(every = 5, version = 1))]
            pub(crate) struct Cart {
                pub(crate) items: u64,
                pub(crate) notes: u64,
            }

            impl Apply<ItemAdded> for Cart {
                fn apply(&mut self, event: ItemAdded) {
                    self.items += event.quantity();
                }
            }

            impl Apply<Noted> for Cart {
                fn apply(&mut self, Noted: Noted) {
                    self.notes += 1;
                }
            }

            impl Cart {
                pub(crate) fn note(&self) -> Result<Noted, Infallible> {
                    Ok(Noted)
                }

                pub(crate) fn add(&self) -> Result<ItemAdded, Infallible> {
                    Ok(ItemAdded::of("tea"))
                }
            }

            #[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
            #[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
            pub(crate) struct Demand {
                pub(crate) items: u64,
            }

            impl Project<ItemAdded> for Demand {
                fn project(&mut self, recorded: &Recorded<ItemAdded>) {
                    self.items += recorded.event.quantity();
                }
            }

            #[derive(Clone, Default, Reactor)]
            #[reactor(name = "teller", events(ItemAdded))]
            pub(crate) struct Teller(pub(crate) super::Products);

            impl React<ItemAdded> for Teller {
                type Error = Infallible;

                async fn react(
                    &self,
                    recorded: &Recorded<ItemAdded>,
                    _: &Delivery,
                ) -> Result<(), Infallible> {
                    let product = format!("{} {}", stringify!($program), recorded.event.quantity());
                    self.0.lock().unwrap().push(product);
                    Ok(())
                }
            }
        }
    };
}

program! { old:
    #[event(name = "cart.item-added")]
    pub(crate) struct ItemAdded {
        pub(crate) sku: String,
    }

    impl ItemAdded {
        pub(crate) fn of(sku: &str) -> Self {
            Self { sku: sku.to_owned() }
        }

        #[expect(clippy::unused_self, reason = "each of them is one")]
        fn quantity(&self) -> u64 {
            1
        }
    }
}

program! { new:
    #[event(name = "cart.item-added", version = 2, from = ItemAddedV1)]
    pub(crate) struct ItemAdded {
        pub(crate) sku: String,
        pub(crate) quantity: u32,
    }

    #[event(name = "cart.item-added")]
    pub(crate) struct ItemAddedV1 {
        sku: String,
    }

    impl From<ItemAddedV1> for ItemAdded {
        fn from(ItemAddedV1 { sku }: ItemAddedV1) -> Self {
            Self { sku, quantity: 1 }
        }
    }

    impl ItemAdded {
        pub(crate) fn of(sku: &str) -> Self {
            Self { sku: sku.to_owned(), quantity: 2 }
        }

        fn quantity(&self) -> u64 {
            self.quantity.into()
        }
    }

    /// The same model, of which the new program keeps more.
    #[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[projection(name = "demand", version = 2, key = sku, events(ItemAdded))]
    pub(crate) struct LaterDemand {
        pub(crate) times: u64,
    }

    impl Project<ItemAdded> for LaterDemand {
        fn project(&mut self, _: &Recorded<ItemAdded>) {
            self.times += 1;
        }
    }
}
