//! Writes the API's description to `openapi/fanfare.v1.json`, where a test compares it.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/fanfare.v1.json");
    let path = Path::new(path);
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    std::fs::write(path, fanfare_api::openapi::text())
}
