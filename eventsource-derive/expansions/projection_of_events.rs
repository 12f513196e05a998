#[allow(trivial_bounds)]
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::Projection for Sales
where
    Sales: ::core::default::Default,
    Sales: ::eventsource_core::StoredRow,
{
    const NAME: &'static str = "sales";
    const VERSION: u32 = 2u32;
    const KEY: &'static [&'static str] = &["product", "root_id"];
    const KEY_SOURCE: &'static str = "key = (product, root_id)";
}
const _: () = {
    #[allow(deprecated)]
    const __EVENTS: &[&[::eventsource_core::EventType]] = &[
        <Sold as ::eventsource_core::__private::Projected>::TYPES,
        &[
            ::eventsource_core::__private::variant::<shop::CartEvent>("Added"),
            ::eventsource_core::__private::variant::<shop::CartEvent>("Noted"),
        ],
    ];
    #[allow(trivial_bounds)]
    #[automatically_derived]
    #[allow(deprecated)]
    impl ::eventsource_core::EventProjection for Sales
    where
        Sales: ::core::default::Default,
        Sales: ::eventsource_core::StoredRow,
    {
        const EVENTS: &'static [&'static [::eventsource_core::EventType]] = __EVENTS;
        #[allow(unused_variables, unreachable_patterns, unused_qualifications)]
        fn read(
            event: &::eventsource_core::StoredEvent<'_>,
            steps: &mut ::eventsource_core::Steps<Self>,
        ) -> ::core::result::Result<(), ::eventsource_core::DecodeError> {
            match ::eventsource_core::__private::set_of(__EVENTS, event) {
                ::core::option::Option::Some(0usize) => {
                    <Sold as ::eventsource_core::__private::Projected>::project::<
                        Self,
                        _,
                    >(
                        event,
                        steps,
                        |recorded, each| {
                            let part0 = &recorded.event.product;
                            ::eventsource_core::__private::key(
                                &[
                                    ::eventsource_core::__private::part(part0),
                                    &::eventsource_core::Recorded::root_id(recorded),
                                ],
                                each,
                            )
                        },
                    )
                }
                ::core::option::Option::Some(1usize) => {
                    <shop::CartEvent as ::eventsource_core::__private::Projected>::project::<
                        Self,
                        _,
                    >(
                        event,
                        steps,
                        |recorded, each| match &recorded.event {
                            shop::CartEvent::Added { product: part0, .. } => {
                                ::eventsource_core::__private::key(
                                    &[
                                        ::eventsource_core::__private::part(part0),
                                        &::eventsource_core::Recorded::root_id(recorded),
                                    ],
                                    each,
                                )
                            }
                            shop::CartEvent::Noted(value) => {
                                let part0 = &value.product;
                                ::eventsource_core::__private::key(
                                    &[
                                        ::eventsource_core::__private::part(part0),
                                        &::eventsource_core::Recorded::root_id(recorded),
                                    ],
                                    each,
                                )
                            }
                            _ => {}
                        },
                    )
                }
                _ => ::core::result::Result::Ok(()),
            }
        }
    }
    ::eventsource_core::__register! {
        ::eventsource_core::__private::Registered { module : ::core::module_path!(),
        ident : "Sales", docs : "", item :
        ::eventsource_core::__private::Item::Projection(::eventsource_core::__private::ProjectionItem
        { name : "sales", version : 2u32, events : __EVENTS, follows :
        ::core::option::Option::None, }), }
    }
    const _: () = ::core::assert!(
        ! ::eventsource_core::__private::sets_clash(__EVENTS, 1usize),
        "`shop::CartEvent` is stored under the same name as an event before it in the list\ngive one of them another name: `#[event(name = \"..\")]`",
    );
};
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::ProjectsEvent<Sold> for Sales {}
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::ProjectsEvent<shop::CartEvent> for Sales {}
