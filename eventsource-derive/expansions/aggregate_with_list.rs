///The events of a [`Cart`].
#[allow(deprecated, private_interfaces, clippy::large_enum_variant)]
pub enum CartEvent {
    ///`ItemAdded`
    ItemAdded(ItemAdded),
    ///`CheckedOut`
    CheckedOut(shared::CheckedOut),
}
const _: () = {
    #[allow(deprecated)]
    fn view(set: &CartEvent) -> &dyn ::eventsource_core::AnyEvent {
        match set {
            CartEvent::ItemAdded(event) => {
                <ItemAdded as ::eventsource_core::__private::Listed>::as_any_event(event)
            }
            CartEvent::CheckedOut(event) => {
                <shared::CheckedOut as ::eventsource_core::__private::Listed>::as_any_event(
                    event,
                )
            }
        }
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl ::eventsource_core::AnyEvent for CartEvent {
        fn event_type(&self) -> ::eventsource_core::EventType {
            ::eventsource_core::AnyEvent::event_type(view(self))
        }
        fn encode(
            &self,
            context: &::eventsource_core::PayloadContext<'_>,
        ) -> ::core::result::Result<
            ::std::vec::Vec<u8>,
            ::eventsource_core::EncodeError,
        > {
            ::eventsource_core::AnyEvent::encode(view(self), context)
        }
        #[allow(unused_variables, unreachable_patterns)]
        fn tags(&self, tag: &mut dyn ::core::ops::FnMut(::eventsource_core::Tag)) {
            ::eventsource_core::AnyEvent::tags(view(self), tag)
        }
        fn same(&self, other: &dyn ::eventsource_core::AnyEvent) -> bool {
            ::eventsource_core::__private::same(self, other)
        }
        fn as_any(&self) -> &dyn ::core::any::Any {
            self
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Debug for CartEvent {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            ::core::fmt::Debug::fmt(view(self), f)
        }
    }
    #[automatically_derived]
    impl ::core::cmp::PartialEq for CartEvent {
        fn eq(&self, other: &Self) -> bool {
            ::eventsource_core::AnyEvent::same(view(self), view(other))
        }
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl ::core::clone::Clone for CartEvent {
        fn clone(&self) -> Self {
            let set = self;
            match set {
                CartEvent::ItemAdded(event) => {
                    CartEvent::ItemAdded(
                        <ItemAdded as ::eventsource_core::__private::Listed>::copy(event),
                    )
                }
                CartEvent::CheckedOut(event) => {
                    CartEvent::CheckedOut(
                        <shared::CheckedOut as ::eventsource_core::__private::Listed>::copy(
                            event,
                        ),
                    )
                }
            }
        }
    }
};
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::__private::VariantNames for CartEvent {
    const VARIANTS: &'static [&'static str] = &["ItemAdded", "CheckedOut"];
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::EventSet for CartEvent {
    const EVENTS: &'static [::eventsource_core::EventType] = &[
        <ItemAdded as ::eventsource_core::__private::Listed>::TYPE,
        <shared::CheckedOut as ::eventsource_core::__private::Listed>::TYPE,
    ];
    #[allow(unused_variables)]
    fn decode_at(
        index: usize,
        context: &::eventsource_core::PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn ::core::ops::FnMut(Self),
    ) -> ::core::result::Result<(), ::eventsource_core::DecodeError> {
        match index {
            0usize => {
                <ItemAdded as ::eventsource_core::__private::Listed>::read(
                    context,
                    payload,
                    &mut |event| each(Self::ItemAdded(event)),
                )
            }
            1usize => {
                <shared::CheckedOut as ::eventsource_core::__private::Listed>::read(
                    context,
                    payload,
                    &mut |event| each(Self::CheckedOut(event)),
                )
            }
            _ => ::eventsource_core::__private::unknown_name(context),
        }
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::core::convert::From<ItemAdded> for CartEvent {
    fn from(event: ItemAdded) -> Self {
        Self::ItemAdded(event)
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::IntoEvents<CartEvent> for ItemAdded {
    fn append_to(self, events: &mut ::std::vec::Vec<CartEvent>) {
        ::std::vec::Vec::push(events, CartEvent::ItemAdded(self));
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::__private::DecidedTypes<CartEvent> for ItemAdded {
    fn add_types(types: &mut ::std::vec::Vec<::eventsource_core::EventType>) {
        ::std::vec::Vec::push(
            types,
            <ItemAdded as ::eventsource_core::__private::Listed>::TYPE,
        );
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::core::convert::From<shared::CheckedOut> for CartEvent {
    fn from(event: shared::CheckedOut) -> Self {
        Self::CheckedOut(event)
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::IntoEvents<CartEvent> for shared::CheckedOut {
    fn append_to(self, events: &mut ::std::vec::Vec<CartEvent>) {
        ::std::vec::Vec::push(events, CartEvent::CheckedOut(self));
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::__private::DecidedTypes<CartEvent> for shared::CheckedOut {
    fn add_types(types: &mut ::std::vec::Vec<::eventsource_core::EventType>) {
        ::std::vec::Vec::push(
            types,
            <shared::CheckedOut as ::eventsource_core::__private::Listed>::TYPE,
        );
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
const _: () = ::core::assert!(
    ! ::eventsource_core::__private::clashes(< CartEvent as ::eventsource_core::EventSet
    > ::EVENTS, 1usize),
    "`CheckedOut` is stored under the same name as an event before it in the list\ngive one of them another name: `#[event(name = \"..\")]`",
);
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::Aggregate for Cart {
    const CATEGORY: &'static str = "cart";
    const SNAPSHOTS: ::core::option::Option<::eventsource_core::SnapshotPolicy<Self>> = ::core::option::Option::Some(
        ::eventsource_core::__private::snapshots::<Self>(100, 1),
    );
    const CLONE: ::core::option::Option<fn(&Self) -> Self> = {
        #[allow(unused_imports)]
        use ::eventsource_core::__private::NoClone as _;
        ::eventsource_core::__private::Probe::<Self>::CLONE
    };
    type Event = CartEvent;
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::Apply<CartEvent> for Cart {
    fn apply(&mut self, event: CartEvent) {
        match event {
            CartEvent::ItemAdded(event) => {
                <Self as ::eventsource_core::Apply<ItemAdded>>::apply(self, event)
            }
            CartEvent::CheckedOut(event) => {
                <Self as ::eventsource_core::Apply<
                    shared::CheckedOut,
                >>::apply(self, event)
            }
        }
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::HasEvent<ItemAdded> for Cart {}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::HasEvent<shared::CheckedOut> for Cart {}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::HasEvent<CartEvent> for Cart {}
::eventsource_core::__register! {
    ::eventsource_core::__private::Registered { module : ::core::module_path!(), ident :
    "Cart", docs : "", item :
    ::eventsource_core::__private::Item::Aggregate(::eventsource_core::__private::AggregateItem
    { category : "cart", events : < CartEvent as ::eventsource_core::EventSet > ::EVENTS,
    ignores : & [], commands : & [], }), }
}
