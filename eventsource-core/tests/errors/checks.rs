//! Checks of a list of errors. The tests of other crates include this file.

use std::any::type_name;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use crate::scan;

/// Part of the key of every row that is in a sample.
pub(crate) const CANARY: &str = "canary@example.org";

pub(crate) struct Sample {
    type_name: &'static str,
    error: Box<dyn Error>,
}

impl Sample {
    pub(crate) fn of<E: Error + 'static>(error: E) -> Self {
        Self {
            type_name: type_name::<E>(),
            error: Box::new(error),
        }
    }

    /// `Type` of a struct, `Type::Variant` of an enum.
    fn name(&self) -> String {
        let path = self.type_name.split('<').next().unwrap_or_default();
        let name = path.rsplit("::").next().unwrap_or_default();
        let shown = format!("{:?}", self.error);
        let is_part = |it: char| it.is_alphanumeric() || it == '_';
        match shown.split(|it| !is_part(it)).next() {
            Some(variant) if variant != name => format!("{name}::{variant}"),
            _ => name.to_owned(),
        }
    }
}

/// Fails where the list has not each public error of the crate in this folder, or has another one.
pub(crate) fn assert_complete(manifest: &str, samples: &[Sample]) {
    let public = scan::public_errors(&Path::new(manifest).join("src"));
    let listed: BTreeSet<_> = samples.iter().map(Sample::name).collect();
    let missing: Vec<_> = public.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&public).collect();
    assert!(
        missing.is_empty() && gone.is_empty() && !public.is_empty(),
        "add samples of {missing:?}; no public error are {gone:?}"
    );
}

pub(crate) fn assert_own_part_only(samples: &[Sample]) {
    for sample in samples {
        let repeated = repeated(&*sample.error);
        assert_eq!(repeated, None, "{} prints its source", sample.name());
    }
}

pub(crate) fn assert_no_key(samples: &[Sample]) {
    for sample in samples {
        let mut link: Option<&dyn Error> = Some(&*sample.error);
        while let Some(error) = link {
            for shown in [
                error.to_string(),
                format!("{error:?}"),
                format!("{error:#?}"),
            ] {
                assert!(!shown.contains(CANARY), "{}: {shown}", sample.name());
            }
            link = error.source();
        }
    }
}

/// The first cause whose text is in that of the error before it.
pub(crate) fn repeated(error: &dyn Error) -> Option<String> {
    let source = error.source()?;
    let own = source.to_string();
    if error.to_string().contains(&own) {
        return Some(own);
    }
    repeated(source)
}
