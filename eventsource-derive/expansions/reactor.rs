const _: () = {
    #[allow(deprecated)]
    const __EVENTS: &[&[::eventsource_core::EventType]] = &[
        <CheckedOut as ::eventsource_core::__private::Projected>::TYPES,
        &[
            ::eventsource_core::__private::variant::<shop::CartEvent>("Added"),
            ::eventsource_core::__private::variant::<shop::CartEvent>("Noted"),
        ],
    ];
    #[automatically_derived]
    #[allow(deprecated)]
    impl ::eventsource_core::Reactor for Receipts {
        const NAME: &'static str = "receipts";
        const EVENTS: &'static [&'static [::eventsource_core::EventType]] = __EVENTS;
        #[allow(unused_variables, unreachable_patterns)]
        fn read(
            event: &::eventsource_core::StoredEvent<'_>,
            deliveries: &mut ::eventsource_core::Deliveries<Self>,
        ) -> ::core::result::Result<(), ::eventsource_core::DecodeError> {
            match ::eventsource_core::__private::set_of(__EVENTS, event) {
                ::core::option::Option::Some(0usize) => {
                    <CheckedOut as ::eventsource_core::__private::Projected>::react::<
                        Self,
                    >(event, deliveries, |_| true)
                }
                ::core::option::Option::Some(1usize) => {
                    <shop::CartEvent as ::eventsource_core::__private::Projected>::react::<
                        Self,
                    >(
                        event,
                        deliveries,
                        |event| match event {
                            shop::CartEvent::Added { .. }
                            | shop::CartEvent::Noted { .. } => true,
                            _ => false,
                        },
                    )
                }
                _ => ::core::result::Result::Ok(()),
            }
        }
    }
    ::eventsource_core::__register! {
        ::eventsource_core::__private::Registered { module : ::core::module_path!(),
        ident : "Receipts", docs : "", item :
        ::eventsource_core::__private::Item::Reactor(::eventsource_core::__private::ReactorItem
        { name : "receipts", events : __EVENTS }), }
    }
    const _: () = ::core::assert!(
        ! ::eventsource_core::__private::sets_clash(__EVENTS, 1usize),
        "`shop::CartEvent` is stored under the same name as an event before it in the list\ngive one of them another name: `#[event(name = \"..\")]`",
    );
};
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::ReactsToEvent<CheckedOut> for Receipts {}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::ReactsToEvent<shop::CartEvent> for Receipts {}
