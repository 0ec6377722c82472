//! The tree of event types in the form of a webhook.
//!
//! Everything is a box to tick, wildcards too, so that it works without scripts; a script narrows
//! the tree while somebody types, a button does the same without.

use fanfare_model::EventType;
use fanfare_model::catalogue::Category;

/// The tree, as it is ticked.
#[derive(Debug, Clone)]
pub(crate) struct EventTree {
    /// The box for everything.
    pub(crate) everything: bool,
    pub(crate) groups: Vec<EventGroup>,
    /// What the tree is narrowed by.
    pub(crate) text: String,
}

/// A category.
#[derive(Debug, Clone)]
pub(crate) struct EventGroup {
    pub(crate) title: &'static str,
    pub(crate) wildcard: &'static str,
    pub(crate) whole: bool,
    pub(crate) leaves: Vec<EventLeaf>,
    /// Whether the text hides all of it. What is hidden is still sent.
    pub(crate) hidden: bool,
}

/// A type.
#[derive(Debug, Clone)]
pub(crate) struct EventLeaf {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) ticked: bool,
    pub(crate) hidden: bool,
}

impl EventTree {
    /// The tree with these patterns ticked, narrowed by a text.
    pub(crate) fn new<S: AsRef<str>>(patterns: &[S], text: &str) -> Self {
        let ticked = |name: &str| patterns.iter().any(|pattern| pattern.as_ref() == name);
        let wanted = text.trim().to_lowercase();
        let group = |category: Category| {
            let types = EventType::known().filter(|each| each.category() == category);
            let leaves = types.map(|each| EventLeaf {
                name: each.as_str(),
                description: each.description(),
                ticked: ticked(each.as_str()),
                hidden: !each.as_str().contains(&wanted)
                    && !each.description().to_lowercase().contains(&wanted),
            });
            let leaves: Vec<_> = leaves.collect();
            EventGroup {
                title: category.title(),
                wildcard: category.wildcard(),
                whole: ticked(category.wildcard()),
                hidden: leaves.iter().all(|leaf| leaf.hidden),
                leaves,
            }
        };
        Self {
            everything: ticked("*"),
            groups: Category::ALL.into_iter().chain([Category::Webhook]).map(group).collect(),
            text: text.trim().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_box_and_ticked_ones_are_ticked() {
        let tree = EventTree::new(&["order.*", "consumer.created"], "");
        let leaves: Vec<_> = tree.groups.iter().flat_map(|group| &group.leaves).collect();
        assert_eq!(leaves.len(), EventType::known().count());
        let ticked: Vec<_> =
            leaves.iter().filter(|leaf| leaf.ticked).map(|leaf| leaf.name).collect();
        assert_eq!(ticked, ["consumer.created"]);
        let whole: Vec<_> = tree.groups.iter().filter(|group| group.whole).collect();
        assert_eq!((whole.len(), whole[0].wildcard, tree.everything), (1, "order.*", false));
    }

    #[test]
    fn a_text_narrows_by_name_and_by_meaning() {
        let tree = EventTree::new(&["*"], " Payment ");
        let shown: Vec<_> = tree
            .groups
            .iter()
            .flat_map(|group| &group.leaves)
            .filter(|leaf| !leaf.hidden)
            .collect();
        assert_eq!(shown.len(), 1);
        assert_eq!(shown[0].name, "order.paid");
        assert!(tree.everything && tree.groups[0].hidden);
    }
}
