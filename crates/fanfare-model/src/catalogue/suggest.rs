//! What somebody probably meant: the nearest of a few known names, by edit distance.

/// Longest customer-given name that an error repeats, in characters; also the longest one that
/// is compared at all, so that a hostile name costs nothing.
const LONGEST: usize = 64;

/// The known name with the fewest edits (insert, delete, replace, letters' case aside), when
/// they are at most a third of the longer of the two names. The first one wins a tie.
pub(crate) fn nearest<I>(given: &str, known: I) -> Option<&'static str>
where
    I: IntoIterator<Item = &'static str>,
{
    if given.len() > LONGEST {
        return None;
    }
    let given = given.trim().to_lowercase();
    let measured = known.into_iter().map(|name| (distance(&given, name), name));
    let (edits, name) = measured.min_by_key(|(edits, _)| *edits)?;
    (edits * 3 <= given.chars().count().max(name.len())).then_some(name)
}

/// A customer-given name as an error may repeat it: cut, control characters escaped.
pub(crate) fn shown(given: &str) -> String {
    let mut chars = given.chars();
    let mut text: String = chars.by_ref().take(LONGEST).flat_map(char::escape_debug).collect();
    if chars.next().is_some() {
        text.push('…');
    }
    text
}

fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        let cases = [("", "", 0), ("a", "", 1), ("", "ab", 2), ("kitten", "sitting", 3)];
        for (a, b, edits) in cases {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["order.paid", "order.created", "consumer.created"];
        assert_eq!(nearest("order.payed", known), Some("order.paid"));
        assert_eq!(nearest(" Order.Paid", known), Some("order.paid"));
        assert_eq!(nearest("order_created", known), Some("order.created"));
        assert_eq!(nearest("invoice.sent", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"o".repeat(65), known), None);
    }

    #[test]
    fn what_is_repeated_is_short_and_printable() {
        assert_eq!(shown("a\0b\n"), "a\\0b\\n");
        assert_eq!(shown(&"x".repeat(65)), format!("{}…", "x".repeat(64)));
        assert_eq!(shown(&"é".repeat(64)), "é".repeat(64));
    }
}
