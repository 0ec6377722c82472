//! What every answer carries, and where changes may come from.

use axum::body::Body;
use http::{Method, StatusCode};

use crate::world::{Browser, HOME, ORIGIN, World, form, request};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'";

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let world = World::new().await;
    let nobody = Browser::default();
    for (browser, path) in [
        (&world.owner, HOME),
        (&nobody, HOME),
        (&nobody, "/sign-in"),
        (&world.owner, "/nothing/here"),
        (&nobody, "/assets/none.js"),
    ] {
        let answer = world.get(browser, path).await;
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-security-policy"), POLICY, "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(header("strict-transport-security"), "max-age=31536000");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_and_nothing_comes_from_elsewhere() {
    let world = World::new().await;
    let page = world.get(&world.owner, HOME).await;
    let links: Vec<_> = page
        .page()
        .split('"')
        .filter(|text| text.starts_with("/assets/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(links.len(), 5);
    for link in links {
        let asset = world.get(&Browser::default(), &link).await;
        assert_eq!(asset.status, StatusCode::OK, "{link}");
        assert_eq!(asset.headers["cache-control"], "public, max-age=31536000, immutable");
    }
    for place in ["src=\"http", "href=\"http", "<script>", "style=\"", " onclick"] {
        page.has_not(place);
    }
}

/// Stands for the token of the session.
const OURS: &str = "ours";

/// Headers, the form's token, and what comes of it.
type Case = (&'static [(&'static str, &'static str)], &'static str, StatusCode);

#[tokio::test]
async fn a_change_must_come_from_one_of_our_pages() {
    let world = World::new().await;
    let webhook = world.webhook().await;
    let path = format!("{HOME}/{webhook}/command");
    let cases: [Case; 6] = [
        (&[("sec-fetch-site", "cross-site")], OURS, StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "same-site"), ("origin", ORIGIN)], OURS, StatusCode::FORBIDDEN),
        (&[("origin", "https://evil.example")], OURS, StatusCode::FORBIDDEN),
        (&[], OURS, StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "same-origin")], "wrong", StatusCode::FORBIDDEN),
        (&[("origin", ORIGIN)], OURS, StatusCode::SEE_OTHER),
    ];
    for (headers, token, wanted) in cases {
        let mut request = request(Method::POST, &path, &world.owner);
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let token = if token == OURS { &world.owner.csrf } else { token };
        let fields = [("command", "pause"), ("csrf", token)];
        *request.body_mut() = Body::from(form(fields.into_iter()));
        let answer = world.send(request).await;
        assert_eq!(answer.status, wanted, "{headers:?}");
        let paused = world.get(&world.owner, HOME).await.body.contains("badge warn");
        assert_eq!(paused, wanted == StatusCode::SEE_OTHER, "nothing changed: {headers:?}");
    }
}

#[tokio::test]
async fn a_form_has_a_largest_size() {
    let world = World::new().await;
    let large = "x".repeat(300 * 1024);
    let answer = world.post(&world.owner, HOME, &[("url", &large)]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    answer.has("A form may have at most 256 KiB.");
}
