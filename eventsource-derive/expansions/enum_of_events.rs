#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::eventsource_core::__private::serde::Serialize,
    ::eventsource_core::__private::serde::Deserialize
)]
#[serde(crate = "::eventsource_core::__private::serde")]
/// The events of a cart.
pub enum CartEvent {
    ItemAdded { sku: String, quantity: u32 },
    NoteTaken(Note),
    #[cfg(feature = "checkout")]
    CheckedOut,
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::AnyEvent for CartEvent {
    fn event_type(&self) -> ::eventsource_core::EventType {
        match *self {
            Self::ItemAdded { .. } => {
                ::eventsource_core::EventType::new(
                    "cart.item-added",
                    2u32,
                    &["cart.item-put"],
                )
            }
            Self::NoteTaken { .. } => {
                ::eventsource_core::EventType::new("cart.note-taken", 1u32, &[])
            }
            #[cfg(feature = "checkout")]
            Self::CheckedOut { .. } => {
                ::eventsource_core::EventType::new("cart.checked-out", 1u32, &[])
            }
        }
    }
    fn encode(
        &self,
        context: &::eventsource_core::PayloadContext<'_>,
    ) -> ::core::result::Result<::std::vec::Vec<u8>, ::eventsource_core::EncodeError> {
        ::eventsource_core::__private::encode(context, self)
    }
    #[allow(unused_variables, unreachable_patterns)]
    fn tags(&self, tag: &mut dyn ::core::ops::FnMut(::eventsource_core::Tag)) {
        match self {
            Self::ItemAdded { sku: value0, .. } => {
                ::eventsource_core::__private::tag("sku", value0, tag);
            }
            #[cfg(feature = "checkout")]
            Self::CheckedOut { .. } => {
                tag(::eventsource_core::Tag::from_stored("state:done"));
            }
            _ => {}
        }
        ::eventsource_core::__private::tags(Self::computed(self), tag);
    }
    fn same(&self, other: &dyn ::eventsource_core::AnyEvent) -> bool {
        ::eventsource_core::__private::same(self, other)
    }
    fn as_any(&self) -> &dyn ::core::any::Any {
        self
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::__private::VariantNames for CartEvent {
    const VARIANTS: &'static [&'static str] = &[
        "ItemAdded",
        "NoteTaken",
        #[cfg(feature = "checkout")]
        "CheckedOut",
    ];
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::EventSet for CartEvent {
    const EVENTS: &'static [::eventsource_core::EventType] = &[
        ::eventsource_core::EventType::new("cart.item-added", 2u32, &["cart.item-put"]),
        ::eventsource_core::EventType::new("cart.note-taken", 1u32, &[]),
        #[cfg(feature = "checkout")]
        ::eventsource_core::EventType::new("cart.checked-out", 1u32, &[]),
    ];
    #[allow(unused_variables, unreachable_patterns)]
    fn decode_at(
        index: usize,
        context: &::eventsource_core::PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn ::core::ops::FnMut(Self),
    ) -> ::core::result::Result<(), ::eventsource_core::DecodeError> {
        enum __Index {
            ItemAdded,
            NoteTaken,
            #[cfg(feature = "checkout")]
            CheckedOut,
        }
        match index {
            _ if index == __Index::ItemAdded as usize => {
                if context.schema >= 2u32 {
                    ::eventsource_core::__private::decode_variant::<
                        Self,
                    >(context, payload, 2u32, __Index::ItemAdded as u32, each)
                } else {
                    ::eventsource_core::__private::upcast_variant(
                        "cart.item-added",
                        each,
                        |each| {
                            <ItemAddedV1 as ::eventsource_core::Event>::decode(
                                context,
                                payload,
                                &mut |old| each(
                                    <Self as ::eventsource_core::__private::Upcast<
                                        ItemAddedV1,
                                    >>::upcast(old),
                                ),
                            )
                        },
                    )
                }
            }
            _ if index == __Index::NoteTaken as usize => {
                ::eventsource_core::__private::decode_variant::<
                    Self,
                >(context, payload, 1u32, __Index::NoteTaken as u32, each)
            }
            #[cfg(feature = "checkout")]
            _ if index == __Index::CheckedOut as usize => {
                ::eventsource_core::__private::decode_variant::<
                    Self,
                >(context, payload, 1u32, __Index::CheckedOut as u32, each)
            }
            _ => ::eventsource_core::__private::unknown_name(context),
        }
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::IntoEvents<CartEvent> for CartEvent {
    fn append_to(self, events: &mut ::std::vec::Vec<CartEvent>) {
        ::std::vec::Vec::push(events, self);
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::__private::DecidedTypes<CartEvent> for CartEvent {}
#[allow(deprecated)]
const _: () = {
    ::core::assert!(
        ::eventsource_core::__private::contains(& ["cart.item-added", "cart.item-put"], <
        ItemAddedV1 as ::eventsource_core::Event > ::NAME),
        "`ItemAddedV1` is stored under another name than `ItemAdded`, so it is no earlier version of it\nwrite `name = \"cart.item-added\"` on `ItemAddedV1`",
    );
    ::core::assert!(
        ::eventsource_core::__private::contains_all(& ["cart.item-added",
        "cart.item-put"], < ItemAddedV1 as ::eventsource_core::Event > ::ALIASES),
        "`ItemAddedV1` was stored under another name as well, which `ItemAdded` does not know\nrepeat the `alias` of `ItemAddedV1` here",
    );
    ::core::assert!(
        < ItemAddedV1 as ::eventsource_core::Event > ::VERSION == 1u32,
        "version 2 of `ItemAdded` comes from version 1, which `ItemAddedV1` is not\nwrite `version = 1` on `ItemAddedV1`, or name another type here"
    );
};
#[allow(deprecated)]
const _: () = {
    #[allow(unused_imports)]
    use ::eventsource_core::__private::NoEvent as _;
    ::core::assert!(
        ! ::eventsource_core::__private::Probe:: < Note > ::IS_EVENT,
        "`CartEvent::NoteTaken` wraps an event that has a stored name of its own\nremove `#[event]` from what it wraps, or list the events as types: `#[aggregate(events(..))]`"
    );
};
#[cfg(feature = "checkout")]
#[allow(deprecated)]
const _: () = {
    ::core::assert!(
        ::eventsource_core::__private::is_unique(< CartEvent as
        ::eventsource_core::EventSet > ::EVENTS, "cart.checked-out"),
        "another variant of `CartEvent` is stored under the same name as `CheckedOut`\ngive one of them another name: `#[event(name = \"..\")]`",
    );
};
::eventsource_core::__register! {
    ::eventsource_core::__private::Registered { module : ::core::module_path!(), ident :
    "CartEvent", docs : "The events of a cart.", item :
    ::eventsource_core::__private::Item::Events(::eventsource_core::__private::EventsItem
    { events : & [::eventsource_core::__private::EventItem { variant : "ItemAdded", docs
    : "", of : ::eventsource_core::EventType::new("cart.item-added", 2u32, &
    ["cart.item-put"]), from : ::core::option::Option::Some("ItemAddedV1"), unread :
    ::core::option::Option::None, fields : & [::eventsource_core::__private::FieldItem {
    ident : "sku", docs : "", of : "String" }, ::eventsource_core::__private::FieldItem {
    ident : "quantity", docs : "", of : "u32" }], tags : &
    [::eventsource_core::__private::TagItem { text : "sku", source :
    ::eventsource_core::__private::TagSource::Field("sku"), },
    ::eventsource_core::__private::TagItem { text : "Self::computed", source :
    ::eventsource_core::__private::TagSource::Computed, }], },
    ::eventsource_core::__private::EventItem { variant : "NoteTaken", docs : "", of :
    ::eventsource_core::EventType::new("cart.note-taken", 1u32, & []), from :
    ::core::option::Option::None, unread : ::core::option::Option::None, fields : &
    [::eventsource_core::__private::FieldItem { ident : "0", docs : "", of : "Note" }],
    tags : & [::eventsource_core::__private::TagItem { text : "Self::computed", source :
    ::eventsource_core::__private::TagSource::Computed, }], }, #[cfg(feature =
    "checkout")] ::eventsource_core::__private::EventItem { variant : "CheckedOut", docs
    : "", of : ::eventsource_core::EventType::new("cart.checked-out", 1u32, & []), from :
    ::core::option::Option::None, unread : ::core::option::Option::None, fields : & [],
    tags : & [::eventsource_core::__private::TagItem { text : "state:done", source :
    ::eventsource_core::__private::TagSource::Constant, },
    ::eventsource_core::__private::TagItem { text : "Self::computed", source :
    ::eventsource_core::__private::TagSource::Computed, }], }], set :
    ::eventsource_core::__private::SetOf::of:: < CartEvent > (), samples :
    ::std::vec::Vec::new, }), }
}
