//! How far back a list or a chart looks: `range=24h` in the URL.

use fanfare_app::StatsWindow;

use crate::form::Pairs;
use crate::list::{self, Choice};

/// The name in the URL.
const NAME: &str = "range";

/// The one that is asked for; `None` when none is, or none that there is.
pub(crate) fn of(query: &Pairs) -> Option<StatsWindow> {
    query.get(NAME).parse().ok()
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

/// A window with the address of the same page that looks so far back.
pub(crate) struct Switch {
    pub(crate) href: String,
    pub(crate) label: &'static str,
    pub(crate) chosen: bool,
}

/// The links that switch a page of charts between windows.
pub(crate) fn switch(path: &str, chosen: StatsWindow) -> Vec<Switch> {
    let link = |window: StatsWindow| Switch {
        href: crate::link::with(path, [(NAME, window.as_str())]),
        label: window.as_str(),
        chosen: window == chosen,
    };
    StatsWindow::ALL.map(link).into()
}
