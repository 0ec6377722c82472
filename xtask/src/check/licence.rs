//! SPDX licence expressions, as far as crates use them: `AND`, `OR`, `WITH`, brackets, and the
//! old `/` for `OR`.

/// Whether an expression can be satisfied with licences from `allowed`. `X WITH Y` must be
/// allowed as a whole. An expression that cannot be read is not satisfied.
pub(crate) fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let result = any(&mut words, allowed);
    result == Some(true) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &[String]) -> Option<bool> {
    let mut result = all(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        result |= all(words, allowed)?;
    }
    Some(result)
}

/// `AND` binds tighter than `OR`.
fn all(words: &mut Words<'_>, allowed: &[String]) -> Option<bool> {
    let mut result = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        result &= one(words, allowed)?;
    }
    Some(result)
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let result = any(words, allowed)?;
        return (words.next()? == ")").then_some(result);
    }
    if ["AND", "OR", "WITH", ")"].contains(&word) {
        return None;
    }
    let licence = match words.next_if_eq(&"WITH") {
        Some(_) => format!("{word} WITH {}", words.next()?),
        None => word.to_owned(),
    };
    Some(allowed.contains(&licence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(expression: &str, allowed: &[&str]) -> bool {
        let allowed: Vec<String> = allowed.iter().map(|one| (*one).to_owned()).collect();
        satisfied(expression, &allowed)
    }

    #[test]
    fn or_needs_one_and_needs_all() {
        assert!(with("MIT OR GPL-3.0", &["MIT"]));
        assert!(with("GPL-3.0/MIT", &["MIT"]));
        assert!(!with("GPL-3.0 OR LGPL-2.1", &["MIT"]));
        assert!(with("MIT AND ISC", &["MIT", "ISC"]));
        assert!(!with("MIT AND ISC", &["MIT"]));
    }

    #[test]
    fn and_binds_tighter_and_brackets_tighter_still() {
        assert!(with("MIT OR ISC AND GPL-3.0", &["MIT"]));
        assert!(!with("(MIT OR ISC) AND GPL-3.0", &["MIT"]));
        assert!(with("ISC AND (Apache-2.0 OR ISC)", &["ISC"]));
    }

    #[test]
    fn an_exception_is_allowed_as_a_whole() {
        let expression = "Apache-2.0 WITH LLVM-exception";
        assert!(!with(expression, &["Apache-2.0"]));
        assert!(with(expression, &["Apache-2.0 WITH LLVM-exception"]));
    }

    #[test]
    fn what_cannot_be_read_is_not_satisfied() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "AND MIT", "MIT ISC", "MIT WITH"] {
            assert!(!with(expression, &["MIT", "ISC"]), "{expression:?}");
        }
    }
}
