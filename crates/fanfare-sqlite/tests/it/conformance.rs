//! What every backend promises.

use std::sync::Arc;

use fanfare_store::{Handover, Store};

use crate::support::Folder;

async fn open(handover: Arc<dyn Handover>) -> (Arc<dyn Store>, Folder) {
    let folder = Folder::new();
    let store = folder.open(handover);
    (store, folder)
}

fanfare_store::conformance_suite!(open);
