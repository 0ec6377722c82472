//! A small disk that can be filled up and emptied.
//!
//! It is a file system in memory, which only root may mount; it is unmounted with the value. Its name
//! in the list of mounts has the process's id, so that what a process left behind that was killed is
//! found by the next one.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How our disks are called in the list of mounts, before the process's id.
const NAME: &str = "fanfare-chaos-";

/// A mounted file system of a few megabytes.
pub(crate) struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// Mounts one of so many megabytes; `None`: this user may not.
    pub(crate) fn mount(megabytes: u32) -> Option<Self> {
        unmount_where(|process| !is_running(process));
        let folder = tempfile::Builder::new().prefix("fanfare-disk-").tempdir().ok()?;
        let name = format!("{NAME}{}", std::process::id());
        let size = format!("size={megabytes}m,mode=0777");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, &name]).arg(folder.path());
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
        unmount(self.folder.path());
    }
}

/// Unmounts all disks of this process, which is about to end.
pub fn unmount_all() {
    unmount_where(|process| process == std::process::id());
}

fn unmount_where(unwanted: impl Fn(u32) -> bool) {
    for (process, path) in mounted() {
        if unwanted(process) {
            unmount(&path);
            let _not_empty = std::fs::remove_dir(path);
        }
    }
}

/// Lazily: whoever still has a file open there keeps it until he closes it.
fn unmount(path: &Path) {
    let _not_mounted = Command::new("umount").arg("-l").arg(path).output();
}

/// Whose disks are mounted, and where.
fn mounted() -> Vec<(u32, PathBuf)> {
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let ours = mounts.lines().filter_map(|line| {
        let (process, rest) = line.strip_prefix(NAME)?.split_once(' ')?;
        Some((process.parse().ok()?, PathBuf::from(rest.split(' ').next()?)))
    });
    ours.collect()
}

fn is_running(process: u32) -> bool {
    Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_unmounted_and_what_a_living_one_has_is_not() {
        let Some(disk) = Disk::mount(1) else { return };
        let mut dead = Command::new("true").spawn().expect("a process");
        dead.wait().expect("it ends");
        let left = tempfile::tempdir().expect("a folder");
        let name = format!("{NAME}{}", dead.id());
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", &name]).arg(left.path());
        assert!(mount.status().is_ok_and(|status| status.success()));
        assert!(mounted().contains(&(dead.id(), left.path().to_owned())));
        let other = Disk::mount(1).expect("one more");
        let now = mounted();
        assert!(!now.iter().any(|(process, _)| *process == dead.id()), "{now:?}");
        for disk in [&disk, &other] {
            assert!(now.contains(&(std::process::id(), disk.path().to_owned())), "{now:?}");
        }
        drop((disk, other));
        assert!(!mounted().iter().any(|(process, _)| *process == std::process::id()));
    }
}
