#[allow(trivial_bounds)]
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::Projection for BestSellers
where
    BestSellers: ::core::default::Default,
    BestSellers: ::eventsource_core::StoredRow,
{
    const NAME: &'static str = "best-sellers";
    const VERSION: u32 = 1u32;
    const KEY: &'static [&'static str] = &["count"];
    const KEY_SOURCE: &'static str = "keys = Self::keys";
}
#[allow(trivial_bounds)]
#[automatically_derived]
#[allow(deprecated)]
impl ::eventsource_core::RowProjection for BestSellers
where
    BestSellers: ::core::default::Default,
    BestSellers: ::eventsource_core::StoredRow,
{
    type Source = Sales;
    #[allow(unused_variables, unused_qualifications)]
    fn read(
        change: &::eventsource_core::RowChange<Self::Source>,
        steps: &mut ::eventsource_core::Steps<Self>,
    ) {
        ::eventsource_core::Steps::<
            Self,
        >::follow::<
            Sales,
            _,
        >(
            steps,
            change,
            |change, each| ::eventsource_core::IntoKeys::into_keys(
                Self::keys(change),
                each,
            ),
        )
    }
}
::eventsource_core::__register! {
    ::eventsource_core::__private::Registered { module : ::core::module_path!(), ident :
    "BestSellers", docs : "", item :
    ::eventsource_core::__private::Item::Projection(::eventsource_core::__private::ProjectionItem
    { name : "best-sellers", version : 1u32, events : & [], follows :
    ::core::option::Option::Some(< Sales as ::eventsource_core::Projection > ::NAME), }),
    }
}
