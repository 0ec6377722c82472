//! T6: the disk is full, and then it is not.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use fanfare_testdb::Cluster;

use crate::disk::Disk;
use crate::publisher::{Load, Rate};
use crate::world::{Plan, Store, World};
use crate::{Figures, Setup};

/// As large as an empty database and its log need, and some more.
const MEGABYTES: u32 = 96;
/// What a second of load adds to the database, at the most.
const MEGABYTES_PER_SECOND: u32 = 3;

const NOT_ROOT: &str = "not run: only root may mount a small disk";

/// The disk of a database's tables; the log of PostgreSQL is elsewhere.
pub(super) fn postgres(setup: &Setup) -> Figures {
    let Some(disk) = Disk::mount(megabytes(setup)) else { return not_run() };
    let cluster = Cluster::start(&[]);
    let place = disk.path().join("tables");
    std::fs::create_dir(&place).expect("a folder on the disk");
    let given = Command::new("chown").arg("postgres").arg(&place).status();
    assert!(given.is_ok_and(|status| status.success()), "the folder is PostgreSQL's");
    cluster.administer(&format!("CREATE TABLESPACE small LOCATION '{}'", place.display()));
    cluster.administer("CREATE DATABASE chaos OWNER fanfare TABLESPACE small");
    let plan = Plan { echo: Duration::from_secs(3), ..Plan::default() };
    let mut world = World::new(setup, Store::Postgres(cluster.url("chaos")), 2, &plan);
    let load = world.publish(Rate::default());
    fill_and_free(&mut world, &disk);
    finish(world, load)
}

/// The disk of an embedded database with its log.
pub(super) fn embedded(setup: &Setup) -> Figures {
    let Some(disk) = Disk::mount(megabytes(setup)) else { return not_run() };
    let place = disk.path().to_owned();
    let plan = Plan { echo: Duration::from_secs(3), ..Plan::default() };
    let mut world = World::new(setup, Store::Embedded(Some(place)), 1, &plan);
    let load = world.publish(Rate::default());
    fill_and_free(&mut world, &disk);
    finish(world, load)
}

/// So large that only the ballast can fill it.
fn megabytes(setup: &Setup) -> u32 {
    let seconds = u32::try_from(setup.length.as_secs()).expect("less than a century");
    MEGABYTES + MEGABYTES_PER_SECOND * seconds
}

fn fill_and_free(world: &mut World, disk: &Disk) {
    while world.goes_on() {
        world.pause(700, 1_200);
        let ledger = Arc::clone(&world.ledger);
        let before = ledger.look(|pages| pages.refused);
        ledger.fault("disk full", || {
            disk.fill();
            // What is preallocated is used up first.
            let refused = world.eventually(Duration::from_secs(20), |world| {
                world.ledger.look(|pages| pages.refused) > before
            });
            world.pause(500, 1_000);
            disk.free();
            if !refused {
                world.ledger.wrong("nothing was refused though the disk was full".to_owned());
            }
        });
        let acked = ledger.acks();
        if !world.eventually(Duration::from_secs(20), |world| world.ledger.acks() > acked) {
            ledger.wrong("nothing is accepted though the disk has room again".to_owned());
        }
    }
}

fn finish(world: World, load: Load) -> Figures {
    let waited = world.ledger.look(|pages| pages.slowest_refusal);
    let mut figures = world.finish(load);
    figures.notes.push(format!("slowest refusal {:.1} s", waited.as_secs_f64()));
    figures
}

fn not_run() -> Figures {
    Figures { notes: vec![NOT_ROOT.to_owned()], ..Figures::default() }
}
