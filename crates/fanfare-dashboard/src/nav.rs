//! The sidebar.
//!
//! Every entry that there is to be is listed here; it is shown once the table of routes has its
//! page, to whoever has the page's right. So an entry leads nowhere or to a refusal never.

use crate::access::Right;
use crate::routes;
use crate::session::Viewer;

/// Where somebody is: what the sidebar marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Overview,
    Events,
    Deliveries,
    Catalogue,
    Experiences,
    Consumers,
    Orders,
    Integrations,
    Webhooks,
    Automations,
    Feed,
    ApiKeys,
    Members,
    AuditLog,
    Notices,
    /// No entry of the sidebar: the account's own pages, refusals.
    Nowhere,
}

/// A heading of the sidebar and what is below it.
struct Group {
    title: &'static str,
    entries: &'static [Entry],
}

struct Entry {
    place: Place,
    label: &'static str,
    href: &'static str,
    icon: &'static str,
    /// Below the entry before it.
    nested: bool,
}

const fn entry(place: Place, label: &'static str, href: &'static str, icon: &'static str) -> Entry {
    Entry { place, label, href, icon, nested: false }
}

const NAV: [Group; 3] = [
    Group {
        title: "",
        entries: &[
            entry(Place::Overview, "Overview", "/", "home"),
            entry(Place::Events, "Events", "/events", "event"),
            entry(Place::Deliveries, "Deliveries", "/deliveries", "send"),
            entry(Place::Catalogue, "Event catalogue", "/event-types", "book"),
        ],
    },
    Group {
        title: "Launches",
        entries: &[
            entry(Place::Experiences, "Experiences", "/experiences", "launch"),
            entry(Place::Consumers, "Consumers", "/consumers", "people"),
            entry(Place::Orders, "Orders", "/orders", "bag"),
        ],
    },
    Group {
        title: "Settings",
        entries: &[
            entry(Place::Integrations, "Integrations", "/settings/integrations", "plug"),
            Entry {
                nested: true,
                ..entry(Place::Webhooks, "Webhooks", "/settings/integrations/webhooks", "hook")
            },
            Entry {
                nested: true,
                ..entry(
                    Place::Automations,
                    "Automations",
                    "/settings/integrations/automations",
                    "again",
                )
            },
            Entry {
                nested: true,
                ..entry(Place::Feed, "Pull feed", "/settings/integrations/feed", "list")
            },
            entry(Place::ApiKeys, "API keys", "/settings/api-keys", "key"),
            entry(Place::Members, "Members", "/settings/members", "people"),
            entry(Place::AuditLog, "Audit log", "/settings/audit-log", "list"),
            entry(Place::Notices, "Notices", "/notices", "bell"),
        ],
    },
];

/// A group as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct NavGroup {
    pub(crate) title: &'static str,
    pub(crate) links: Vec<NavLink>,
}

/// An entry as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct NavLink {
    pub(crate) label: &'static str,
    pub(crate) href: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) nested: bool,
    pub(crate) here: bool,
}

/// The sidebar of a viewer who is at this place.
pub(crate) fn sidebar(viewer: &Viewer, here: Place) -> Vec<NavGroup> {
    let groups = NAV.iter().map(|group| {
        let open = group.entries.iter().filter(|entry| is_open(entry.href, viewer));
        let links = open.map(|entry| NavLink {
            label: entry.label,
            href: entry.href,
            icon: entry.icon,
            nested: entry.nested,
            here: entry.place == here,
        });
        NavGroup { title: group.title, links: links.collect() }
    });
    groups.filter(|group| !group.links.is_empty()).collect()
}

fn is_open(href: &str, viewer: &Viewer) -> bool {
    routes::right_of_page(href).is_some_and(|right: Right| right.allows(viewer))
}
