//! The journey as tables. A row has a name, a [`World`] and what the request needs next, in the words of
//! [`World::says`].

mod browser;
mod device;
mod enrol;
mod every;
mod federated;
mod level;
mod passkey;
mod policy;
mod request;
mod reset;
mod world;

use world::World;

/// A name, the world, and what is needed.
type Row = (&'static str, fn() -> World, &'static str);

fn check(rows: &[Row]) {
    let wrong = rows.iter().filter_map(|(name, world, expected)| {
        let said = world().says();
        (said != *expected).then(|| format!("{name}: {said}, expected {expected}"))
    });
    let wrong = wrong.collect::<Vec<_>>();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
