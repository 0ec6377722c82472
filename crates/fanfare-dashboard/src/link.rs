//! Addresses with queries, made from pairs.

use url::form_urlencoded;

/// `path?name=value&…`, without pairs whose value is empty.
pub(crate) fn with<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A path of ours to go to, given by somebody else; `/` for everything that could lead away.
pub(crate) fn local(path: &str) -> &str {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ours = path.starts_with('/') && !path.starts_with("//");
    if plain && ours { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_escaped_and_empty_pairs_left_out() {
        let link = with("/deliveries", [("status", "failed"), ("type", ""), ("q", "a&b=c d")]);
        assert_eq!(link, "/deliveries?status=failed&q=a%26b%3Dc+d");
        assert_eq!(with("/deliveries", [("after", "")]), "/deliveries");
    }

    #[test]
    fn nobody_is_led_away() {
        assert_eq!(local("/events?type=a"), "/events?type=a");
        for away in ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb", "x"]
        {
            assert_eq!(local(away), "/", "{away}");
        }
    }
}
