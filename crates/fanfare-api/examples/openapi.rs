//! Writes what is made from the code and kept in the repository, where tests compare it: the API's
//! description `openapi/fanfare.v1.json` and the list of events `docs/events.md`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    std::fs::create_dir_all(root.join("openapi"))?;
    std::fs::write(root.join("openapi/fanfare.v1.json"), fanfare_api::openapi::text())?;
    std::fs::write(root.join("docs/events.md"), fanfare_api::events_page())
}
