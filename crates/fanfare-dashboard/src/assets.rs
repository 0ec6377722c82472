//! Style and scripts: in the binary, under names that change with their content, so that browsers
//! may keep them for ever.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

/// The style of every page.
pub(crate) static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("style", "css", include_bytes!("../assets/style.css")));
/// htmx 4.0.1 as published (Zero-Clause BSD): 4 because its parser can be given a policy of its
/// own, where 2 needs the page's default policy.
pub(crate) static HTMX: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("htmx", "js", include_bytes!("../assets/htmx-4.0.1.min.js")));
/// What htmx may do: no code from strings, markup by a policy of its own.
pub(crate) static HTMX_POLICY: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("htmx-policy", "js", include_bytes!("../assets/htmx-policy.js")));
/// Keys, copying, times, rows that arrive.
pub(crate) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("app", "js", include_bytes!("../assets/app.js")));
/// The sign in the browser's tab.
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", include_bytes!("../assets/icon.svg")));

static ALL: [&LazyLock<Asset>; 5] = [&STYLE, &HTMX, &HTMX_POLICY, &SCRIPT, &ICON];

/// A file in the binary.
pub(crate) struct Asset {
    bytes: &'static [u8],
    kind: &'static str,
    /// Where pages find it.
    pub(crate) href: String,
}

impl Asset {
    fn new(stem: &str, extension: &str, bytes: &'static [u8]) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(&digest(&SHA256, bytes).as_ref()[..9]);
        let kind = match extension {
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        };
        Self { bytes, kind, href: format!("/assets/{stem}.{hash}.{extension}") }
    }
}

/// `GET /assets/{name}`: open to everybody, there is nothing in it.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let found = ALL.iter().find(|asset| asset.href.strip_prefix("/assets/") == Some(&name));
    let Some(asset) = found else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = Response::new(Body::from(asset.bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(CACHE_CONTROL, for_ever);
    response
}
