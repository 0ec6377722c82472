//! Header values, wherever they come from.

use std::collections::{BTreeMap, HashMap};

/// The headers of a request. Names are found in any case.
///
/// For `http::HeaderMap` (axum, hyper; with the feature `http`), maps of texts and pairs.
pub trait Headers {
    /// The first value of a header. `name` is in lower case.
    fn value(&self, name: &str) -> Option<&[u8]>;
}

#[cfg(feature = "http")]
impl Headers for http::HeaderMap {
    fn value(&self, name: &str) -> Option<&[u8]> {
        self.get(name).map(http::HeaderValue::as_bytes)
    }
}

impl<S: std::hash::BuildHasher> Headers for HashMap<String, String, S> {
    fn value(&self, name: &str) -> Option<&[u8]> {
        find(self.iter(), name)
    }
}

impl Headers for BTreeMap<String, String> {
    fn value(&self, name: &str) -> Option<&[u8]> {
        find(self.iter(), name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for [(N, V)] {
    fn value(&self, name: &str) -> Option<&[u8]> {
        find(self.iter().map(|(key, value)| (key, value)), name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for Vec<(N, V)> {
    fn value(&self, name: &str) -> Option<&[u8]> {
        self.as_slice().value(name)
    }
}

fn find<'a, N: AsRef<str> + 'a, V: AsRef<[u8]> + ?Sized + 'a>(
    mut pairs: impl Iterator<Item = (&'a N, &'a V)>,
    name: &str,
) -> Option<&'a [u8]> {
    pairs.find(|(key, _)| key.as_ref().eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
}
