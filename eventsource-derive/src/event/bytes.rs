//! Fields that serde would write as a list of numbers.

use syn::{Field, Fields, GenericArgument, PathArguments, Type};

use crate::errors::Errors;
use crate::serde_attr;

/// Reports bytes without an attribute that says how they are written.
pub(super) fn check(fields: &Fields, errors: &mut Errors) {
    for field in fields {
        check_field(field, errors);
    }
}

fn check_field(field: &Field, errors: &mut Errors) {
    let Some(attr) = missing_attr(&field.ty) else {
        return;
    };
    if !serde_attr::has_with(&field.attrs) {
        errors.push_on(
            &field.ty,
            format!(
                "bytes would be stored as a list of numbers, up to four times as long\n\
                 write `#[serde({attr})]` on the field, for a text in base64"
            ),
        );
    }
}

/// The attribute that a field of this type needs, if it contains bytes.
fn missing_attr(of: &Type) -> Option<&'static str> {
    if is_vec_of_bytes(of) {
        return Some("with = \"eventsource_core::base64\"");
    }
    // With `with`, serde does not read a missing field as `None` by default.
    argument(of, "Option")
        .is_some_and(is_vec_of_bytes)
        .then_some("default, with = \"eventsource_core::base64\"")
}

fn is_vec_of_bytes(of: &Type) -> bool {
    argument(of, "Vec").is_some_and(|item| match plain(item) {
        Type::Path(path) => path.path.is_ident("u8"),
        _ => false,
    })
}

/// `T` of `name<T>`, whatever the path to `name`.
fn argument<'t>(of: &'t Type, name: &str) -> Option<&'t Type> {
    let Type::Path(path) = plain(of) else {
        return None;
    };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(argument) if last.ident == name => Some(argument),
        _ => None,
    }
}

/// A type that came through a `macro_rules!` is in an invisible group.
fn plain(of: &Type) -> &Type {
    match of {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        of => of,
    }
}
