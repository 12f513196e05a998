//! From a stored name to the code for it, among 50.

use eventsource_core::event::EventDecoder;
use eventsource_core::store::{Commit, CommitHeader, Page, PageBuilder, PageEvent, Tags};
use eventsource_core::{Aggregate, Apply, Codec, Horizon, Position, StreamId, Timestamp, event};
use serde::Deserialize;
use uuid::Uuid;

use crate::Result;
use crate::check;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::stopwatch::Stopwatch;

/// The number of events that are decoded in a round.
const EVENTS: usize = 1_000_000;
/// The number of payloads, more than a branch predictor can learn.
const PAYLOADS: usize = 10_000;

pub(crate) fn workloads() -> Vec<Workload> {
    vec![Workload::new(
        "dispatch.50",
        "decoding the payloads of a page, each of one of 50 events; the limit matches their names",
        Unit::Event,
        Dispatch::prepare,
    )]
}

/// The same set of events by the macro and by hand.
macro_rules! sets {
    ($($variant:ident $name:literal)*) => {
        #[event]
        enum WideEvent {
            $($variant { sku: String, quantity: u32, paid: bool },)*
        }

        impl Apply<WideEvent> for Wide {
            fn apply(&mut self, event: WideEvent) {
                match event {
                    $(WideEvent::$variant { sku, quantity, paid } => {
                        self.add(weight!($name), &sku, quantity, paid);
                    })*
                }
            }
        }

        enum ByHand {
            $($variant($variant),)*
        }

        $(#[derive(Deserialize)]
        struct $variant {
            sku: String,
            quantity: u32,
            paid: bool,
        })*

        impl ByHand {
            fn decode(name: &str, payload: &[u8]) -> Result<Self> {
                Ok(match name {
                    $($name => Self::$variant(serde_json::from_slice(payload)?),)*
                    _ => return Err(format!("unknown event {name}").into()),
                })
            }

            fn apply_to(self, wide: &mut Wide) {
                match self {
                    $(Self::$variant(it) => {
                        wide.add(weight!($name), &it.sku, it.quantity, it.paid);
                    })*
                }
            }
        }

        const NAMES: [&str; 50] = [$($name),*];
    };
}

/// A constant that is another one in each arm, so that the arms cannot become one.
macro_rules! weight {
    ($name:literal) => {
        const { weight($name) }
    };
}

const fn weight(name: &str) -> u64 {
    let (name, mut weight, mut i) = (name.as_bytes(), 7_u64, 0);
    while i < name.len() {
        weight = weight.wrapping_mul(31).wrapping_add(name[i] as u64);
        i += 1;
    }
    weight
}

sets! {
    AddressChanged "wide.address-changed" AddressConfirmed "wide.address-confirmed"
    BasketClosed "wide.basket-closed" BasketMerged "wide.basket-merged"
    BasketOpened "wide.basket-opened" CouponAdded "wide.coupon-added"
    CouponExpired "wide.coupon-expired" CouponRemoved "wide.coupon-removed"
    CustomerBlocked "wide.customer-blocked" CustomerMoved "wide.customer-moved"
    CustomerNamed "wide.customer-named" CustomerRegistered "wide.customer-registered"
    DeliveryBooked "wide.delivery-booked" DeliveryDelayed "wide.delivery-delayed"
    DeliveryFailed "wide.delivery-failed" DeliveryMade "wide.delivery-made"
    GiftAdded "wide.gift-added" GiftRefused "wide.gift-refused"
    GiftWrapped "wide.gift-wrapped" InvoiceCorrected "wide.invoice-corrected"
    InvoicePaid "wide.invoice-paid" InvoiceSent "wide.invoice-sent"
    ItemAdded "wide.item-added" ItemMoved "wide.item-moved"
    ItemRemoved "wide.item-removed" ItemReserved "wide.item-reserved"
    ItemReturned "wide.item-returned" NoteAdded "wide.note-added"
    NoteChanged "wide.note-changed" NoteRemoved "wide.note-removed"
    OrderCancelled "wide.order-cancelled" OrderChecked "wide.order-checked"
    OrderPicked "wide.order-picked" OrderPlaced "wide.order-placed"
    OrderShipped "wide.order-shipped" PaymentFailed "wide.payment-failed"
    PaymentMade "wide.payment-made" PaymentPlanned "wide.payment-planned"
    PaymentRefunded "wide.payment-refunded" PriceLowered "wide.price-lowered"
    PriceRaised "wide.price-raised" QuantityChanged "wide.quantity-changed"
    ReviewHidden "wide.review-hidden" ReviewWritten "wide.review-written"
    StockCounted "wide.stock-counted" StockMissing "wide.stock-missing"
    StockReceived "wide.stock-received" TermsAccepted "wide.terms-accepted"
    TermsChanged "wide.terms-changed" WishGranted "wide.wish-granted"
}

/// The state that the events fold to.
#[derive(Aggregate, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[aggregate(event = WideEvent)]
struct Wide {
    weight: u64,
    letters: usize,
    paid: u64,
}

impl Wide {
    fn add(&mut self, weight: u64, sku: &str, quantity: u32, paid: bool) {
        self.weight = self
            .weight
            .wrapping_add(weight.wrapping_mul(u64::from(quantity)));
        self.letters += sku.len();
        self.paid += u64::from(paid);
    }
}

/// Stored events in memory, and a page of them.
struct Dispatch {
    page: Page,
    stored: Vec<(String, Vec<u8>)>,
    expected: Wide,
}

impl Dispatch {
    fn prepare() -> Result<Self> {
        let stored: Vec<_> = (0..PAYLOADS).map(stored).collect();
        let mut dispatch = Self {
            page: page(&stored),
            stored,
            expected: Wide::default(),
        };
        dispatch.expected = dispatch.by_hand()?;
        Ok(dispatch)
    }

    fn by_page(&self) -> Result<Wide> {
        let (mut wide, mut decoder) = (Wide::default(), EventDecoder::<WideEvent>::new());
        for _ in 0..EVENTS / PAYLOADS {
            for event in self.page.events() {
                decoder.decode(&event, |event| wide.apply(event))?;
            }
        }
        Ok(wide)
    }

    fn by_hand(&self) -> Result<Wide> {
        let mut wide = Wide::default();
        for _ in 0..EVENTS / PAYLOADS {
            for (name, payload) in &self.stored {
                ByHand::decode(name, payload)?.apply_to(&mut wide);
            }
        }
        Ok(wide)
    }

    fn cost(&self, watch: Stopwatch, wide: Wide) -> Result<Cost> {
        let took = watch.stop()?;
        check::same(self.expected, wide)?;
        Ok(took.each(EVENTS))
    }
}

/// The `n`th stored event, in an order that nothing foresees.
fn stored(n: usize) -> (String, Vec<u8>) {
    let random = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let name = NAMES[usize::try_from(random >> 40).unwrap_or_default() % NAMES.len()];
    let paid = n.is_multiple_of(3);
    let payload = format!(
        r#"{{"sku":"SKU-{n:06}","quantity":{},"paid":{paid}}}"#,
        n % 9
    );
    (name.to_owned(), payload.into_bytes())
}

/// The same events as a store gives them, in one commit.
fn page(stored: &[(String, Vec<u8>)]) -> Page {
    let (mut page, first) = (PageBuilder::new(), Position::new(1));
    let stream = page.stream(StreamId::new(Wide::CATEGORY, Uuid::nil()));
    let digest = Commit::new(Uuid::nil(), Vec::new()).digest();
    let header = CommitHeader::new(Uuid::nil(), first, 1, Timestamp::from_micros(0), digest);
    let commit = page.commit(header.into());
    for (version, (name, payload)) in (1..).zip(stored) {
        let event_type = page.named_type(name, 1, Codec::Json);
        page.push(PageEvent {
            stream,
            commit,
            event_type,
            version,
            position: Position::new(version),
            payload,
            tags: Tags::default(),
        });
    }
    page.finish(Horizon::START, true)
}

impl Sides for Dispatch {
    fn ours(&mut self) -> Result<Cost> {
        let watch = Stopwatch::start()?;
        let wide = self.by_page()?;
        self.cost(watch, wide)
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let watch = Stopwatch::start()?;
        let wide = self.by_hand()?;
        self.cost(watch, wide).map(Some)
    }
}
