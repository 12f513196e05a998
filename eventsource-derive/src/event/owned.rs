//! Fields that do not own what they hold.

use syn::{Data, Error, Field, GenericArgument, PathArguments, Type, TypeReference, parse_quote};

use crate::register::written;
use crate::serde_attr;

/// The standard types that have the values of their arguments.
const CONTAINERS: &[&str] = &[
    "Option", "Box", "Vec", "VecDeque", "HashMap", "HashSet", "BTreeMap", "BTreeSet",
];

/// Reports fields that borrow, and fields that are functions or addresses. The error takes the place of
/// the type, so that the compiler does not report what follows from it.
pub(super) fn check(data: &mut Data) {
    match data {
        Data::Struct(data) => data.fields.iter_mut().for_each(check_field),
        Data::Enum(data) => {
            let fields = data
                .variants
                .iter_mut()
                .flat_map(|variant| &mut variant.fields);
            fields.for_each(check_field);
        }
        Data::Union(_) => {}
    }
}

fn check_field(field: &mut Field) {
    if serde_attr::has_with(&field.attrs) {
        return;
    }
    if let Some(message) = message(&field.ty) {
        let error = Error::new_spanned(&field.ty, message);
        field.ty = Type::Verbatim(error.to_compile_error());
    }
}

fn message(of: &Type) -> Option<String> {
    let (mut owned, mut found) = (of.clone(), Found::default());
    replace(&mut owned, &mut found);
    if found.code {
        return Some(
            "an event is data, and a function or an address is not: neither can be read back\n\
             store the values that are needed to call it, or an enum that says which one it is"
                .to_owned(),
        );
    }
    let message = || {
        format!(
            "an event owns its data: when it is read from the store, there is nothing to borrow from\n\
             write `{}`",
            written(&owned)
        )
    };
    found.reference.then(message)
}

#[derive(Default)]
struct Found {
    reference: bool,
    /// A function or an address.
    code: bool,
}

/// Replaces each reference by what owns the same.
fn replace(of: &mut Type, found: &mut Found) {
    match of {
        Type::Reference(reference) => {
            found.reference = true;
            *of = owned(reference);
            replace(of, found);
        }
        Type::FnPtr(_) | Type::Ptr(_) => found.code = true,
        Type::Group(group) => replace(&mut group.elem, found),
        Type::Paren(paren) => replace(&mut paren.elem, found),
        Type::Array(array) => replace(&mut array.elem, found),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(|elem| replace(elem, found)),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last_mut() else {
                return;
            };
            if !CONTAINERS.iter().any(|name| last.ident == name) {
                return;
            }
            if let PathArguments::AngleBracketed(arguments) = &mut last.arguments {
                for argument in &mut arguments.args {
                    if let GenericArgument::Type(of) = argument {
                        replace(of, found);
                    }
                }
            }
        }
        _ => {}
    }
}

fn owned(TypeReference { elem, .. }: &TypeReference) -> Type {
    match &**elem {
        Type::Slice(slice) => {
            let elem = &slice.elem;
            parse_quote!(Vec<#elem>)
        }
        Type::Path(path) if path.path.is_ident("str") => parse_quote!(String),
        Type::Path(path) if path.path.is_ident("Path") => parse_quote!(PathBuf),
        elem => elem.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instead(of: &str) -> Option<String> {
        let message = message(&syn::parse_str(of).unwrap())?;
        Some(message.lines().last().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_reference_becomes_what_owns_the_same() {
        for (of, owned) in [
            ("&'static str", "String"),
            ("&str", "String"),
            ("&'static [&'static str]", "Vec<String>"),
            ("Option<&'static str>", "Option<String>"),
            (
                "std::collections::HashMap<&'static str, (u32, &'static Path)>",
                "std::collections::HashMap<String, (u32, PathBuf)>",
            ),
            ("&'static Sku", "Sku"),
            ("&'static mut &'static Sku", "Sku"),
        ] {
            assert_eq!(instead(of), Some(format!("write `{owned}`")), "{of}");
        }
    }

    #[test]
    fn functions_and_addresses_are_found() {
        for of in [
            "fn(u32) -> u32",
            "Option<fn()>",
            "*const u8",
            "[fn(&str); 2]",
        ] {
            assert!(
                instead(of).is_some_and(|line| line.starts_with("store the values")),
                "{of}"
            );
        }
    }

    #[test]
    fn arguments_of_other_types_may_be_anything() {
        for of in [
            "String",
            "Cow<'static, str>",
            "PhantomData<&'static str>",
            "Id<fn() -> Cart>",
            "Vec<Box<Node>>",
        ] {
            assert_eq!(instead(of), None, "{of}");
        }
    }
}
