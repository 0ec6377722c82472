//! The pages for people.

use fanfare_app::ErrorCode;
use http::StatusCode;

use crate::world::World;

#[tokio::test]
async fn pages_are_html_with_a_strict_policy() {
    let world = World::new().await;
    for path in [
        "/docs",
        "/docs/quickstart",
        "/docs/libraries/python",
        "/docs/events",
        "/docs/api",
        "/docs/search",
        "/docs/search?q=retry",
        "/docs/search?q=%ff&x=%00",
        "/docs/errors",
        "/docs/errors/not_found",
    ] {
        let page = world.get(path).anonymous().send().await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(page.body.starts_with(b"<!doctype html>"), "{path}");
    }
    let file = world.get("/docs/files/docs/verify/receiver.py").anonymous().send().await;
    assert_eq!(file.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    let found = world.get("/docs/search?q=tail+events").anonymous().send().await;
    assert!(String::from_utf8_lossy(&found.body).contains("/docs/cli"), "the server searches");
    let style = world.get("/docs/style.css").anonymous().send().await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
}

#[tokio::test]
async fn every_code_has_a_page_and_nothing_else_has() {
    let world = World::new().await;
    for code in ErrorCode::ALL {
        let page = world.get(&format!("/docs/errors/{code}")).anonymous().send().await;
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        assert!(text.contains(&format!("<h1>{code}</h1>")), "{code}");
    }
    for path in ["/docs/errors/nope", "/docs/errors/%ff", "/docs/nope", "/docs/files/Cargo.toml"] {
        world.get(path).anonymous().send().await.refused(404, "not_found");
    }
}
