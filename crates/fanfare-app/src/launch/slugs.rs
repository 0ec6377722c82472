//! Slugs: an experience's name as it stands in addresses, given by the customer or made from the
//! name, and in either case no other experience's in the organization.

use fanfare_model::launch::Experience;
use fanfare_model::limits;

use super::{Step, Stop};
use crate::complaints::Complaints;

impl Complaints {
    /// A slug as a customer gives it.
    pub(super) fn slug(&mut self, given: String) -> Option<String> {
        let part = |part: &str| {
            let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            !part.is_empty() && part.bytes().all(inside)
        };
        if given.len() <= limits::SLUG && given.split('-').all(part) {
            return Some(given);
        }
        let max = limits::SLUG;
        let message = format!(
            "must be 1 to {max} lower-case letters, digits and single hyphens between them, such \
             as summer-drop"
        );
        self.add("slug", message);
        None
    }
}

/// How many numbers are tried after a slug before something unique is.
const NUMBERED: u32 = 100;

/// A slug made from the name that no experience has: `summer-drop`, `summer-drop-2`, ….
pub(super) fn free_slug(step: &mut Step<'_>, experience: &Experience) -> Result<String, Stop> {
    let base = slug_of(&experience.name);
    if step.tx.experience_by_slug(&base)?.is_none() {
        return Ok(base);
    }
    for number in 2..=NUMBERED {
        let slug = format!("{base}-{number}");
        if step.tx.experience_by_slug(&slug)?.is_none() {
            return Ok(slug);
        }
    }
    // The end of an id is random and letters and digits alone.
    let id = experience.id.to_string();
    Ok(format!("{base}-{}", &id[id.len() - SUFFIX..]))
}

/// Characters of an id that a slug may end with.
const SUFFIX: usize = 12;

/// The name in lower-case letters, digits and single hyphens; what has none is an `experience`.
fn slug_of(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let mut slug = words.join("-");
    slug.truncate(limits::SLUG - SUFFIX - 1);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "experience".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_made_of_what_a_name_has() {
        for (name, slug) in [
            ("Summer Drop", "summer-drop"),
            ("  Air Max '86 — RED! ", "air-max-86-red"),
            ("été 2024", "t-2024"),
            ("夏", "experience"),
            ("---", "experience"),
        ] {
            assert_eq!(slug_of(name), slug);
            assert_eq!(Complaints::default().slug(slug.into()), Some(slug.into()));
        }
        let long = slug_of(&"a b".repeat(100));
        assert!(long.len() < limits::SLUG - SUFFIX && !long.ends_with('-'), "{long}");
    }

    #[test]
    fn what_is_no_slug_is_refused() {
        for given in ["", "-", "a-", "-a", "a--b", "Summer", "a_b", "été", &"a".repeat(201)] {
            assert_eq!(Complaints::default().slug(given.to_owned()), None, "{given}");
        }
    }
}
