//! A small disk that can be filled up and emptied.
//!
//! It is a file system in memory, which only root may mount; it is unmounted with the value.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted file system of a few megabytes.
pub(crate) struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// Mounts one of so many megabytes; `None`: this user may not.
    pub(crate) fn mount(megabytes: u32) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("fanfare-disk-").tempdir().ok()?;
        let size = format!("size={megabytes}m,mode=0777");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "fanfare-chaos"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Self { folder })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills it to the last byte.
    pub(crate) fn fill(&self) {
        let mut ballast = File::create(self.ballast()).expect("a file on the disk");
        // Blocks that grow smaller, until not even one byte fits.
        for size in [1 << 20, 1 << 12, 1] {
            while ballast.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Frees what [`Disk::fill`] took.
    pub(crate) fn free(&self) {
        std::fs::remove_file(self.ballast()).expect("the ballast goes");
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open there keeps it until he closes it.
        let _not_mounted = Command::new("umount").arg("-l").arg(self.folder.path()).output();
    }
}
