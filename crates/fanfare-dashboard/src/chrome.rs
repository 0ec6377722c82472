//! What surrounds a page's own content.

use crate::ask::Visit;
use crate::assets::{HTMX, HTMX_POLICY, ICON, SCRIPT, STYLE};
use crate::flash::Flash;
use crate::nav::{NavGroup, Place, sidebar};
use crate::session::Viewer;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// Every theme.
    pub(crate) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The word in the cookie and on `<html>`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// For people.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The theme of this name; the system's for all others.
    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name).unwrap_or_default()
    }
}

/// A step of the way to a page.
#[derive(Debug, Clone)]
pub(crate) struct Crumb {
    pub(crate) label: String,
    pub(crate) href: String,
}

/// What surrounds a page of somebody who is signed in: give it to a template that extends
/// `layout.html` as `chrome`.
#[derive(Debug, Clone)]
pub(crate) struct Chrome {
    /// What the page is called; its `<title>` and its heading.
    pub(crate) title: String,
    /// The way to it, outermost first, without itself.
    pub(crate) crumbs: Vec<Crumb>,
    pub(crate) viewer: Viewer,
    pub(crate) nav: Vec<NavGroup>,
    pub(crate) flash: Option<Flash>,
    pub(crate) theme: Theme,
    /// Its path and query: where switching the theme leads back to.
    pub(crate) address: String,
}

impl Chrome {
    pub(crate) fn new(
        viewer: &Viewer,
        visit: &Visit,
        title: &str,
        place: Place,
        flash: Option<Flash>,
    ) -> Self {
        Self {
            title: title.to_owned(),
            crumbs: Vec::new(),
            nav: sidebar(viewer, place),
            viewer: viewer.clone(),
            flash,
            theme: visit.theme,
            address: visit.address.clone(),
        }
    }

    /// The same with one more step of the way.
    #[must_use]
    pub(crate) fn below(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { label: label.into(), href: href.into() });
        self
    }

    /// The token that every form carries.
    pub(crate) fn csrf(&self) -> &str {
        &self.viewer.csrf
    }

    /// Whether the viewer has this right, by its name: what a page offers.
    pub(crate) fn may(&self, scope: &str) -> bool {
        self.viewer.caller.scopes.iter().any(|known| known.as_str() == scope)
    }

    /// The addresses of style and scripts.
    pub(crate) fn assets(&self) -> Links {
        Links
    }
}

/// What surrounds a page of somebody who is not signed in: give it to a template that extends
/// `bare.html` as `bare`.
#[derive(Debug, Clone)]
pub(crate) struct Bare {
    pub(crate) title: String,
    pub(crate) theme: Theme,
}

impl Bare {
    /// The addresses of style and scripts.
    pub(crate) fn assets(&self) -> Links {
        Links
    }
}

/// The addresses of style and scripts.
pub(crate) struct Links;

impl Links {
    pub(crate) fn style(&self) -> &'static str {
        &STYLE.href
    }

    pub(crate) fn icon(&self) -> &'static str {
        &ICON.href
    }

    /// In the order in which they run.
    pub(crate) fn scripts(&self) -> [&'static str; 3] {
        [&HTMX.href, &HTMX_POLICY.href, &SCRIPT.href]
    }
}
