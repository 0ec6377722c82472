//! How far back a list or a chart looks: `range=24h` in the URL.

use fanfare_app::StatsWindow;
use fanfare_model::Timestamp;

use crate::form::Pairs;
use crate::link;
use crate::list::{self, Choice};
use crate::ui::Link;

/// The name in the URL.
pub(crate) const NAME: &str = "range";

/// The one that is asked for; `None` when none is, or none that there is.
pub(crate) fn of(query: &Pairs) -> Option<StatsWindow> {
    query.get(NAME).parse().ok()
}

/// Where the one that is asked for begins, seen from `now`.
pub(crate) fn since(query: &Pairs, now: Timestamp) -> Option<Timestamp> {
    of(query).map(|window| now.minus(window.length()))
}

/// All windows, the one in the query chosen.
pub(crate) fn choices(query: &Pairs) -> Vec<Choice> {
    list::choices(query, NAME, StatsWindow::ALL.map(|window| (window.as_str(), label(window))))
}

/// For people.
pub(crate) const fn label(window: StatsWindow) -> &'static str {
    match window {
        StatsWindow::Hour => "Last hour",
        StatsWindow::Day => "Last 24 hours",
        StatsWindow::Week => "Last 7 days",
        StatsWindow::Month => "Last 30 days",
    }
}

/// The links that switch a page of charts between windows.
pub(crate) fn switch(path: &str, chosen: StatsWindow) -> Vec<Link> {
    let link = |window: StatsWindow| Link {
        href: link::with(path, [(NAME, window.as_str())]),
        label: window.as_str().to_owned(),
        here: window == chosen,
    };
    StatsWindow::ALL.map(link).into()
}
