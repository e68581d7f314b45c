//! Names of records by MBID: `artist/{mbid}` and `album/{mbid}`.

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

/// The name of the record about an entity.
pub(super) fn name(entity: Entity, mbid: Mbid) -> String {
    format!("{entity}/{mbid}")
}

/// The entity that a record of that name is about.
pub(super) fn parse(name: &str) -> Option<(Entity, Mbid)> {
    let (entity, mbid) = name.split_once('/')?;
    let entity = match entity {
        "artist" => Entity::Artist,
        "album" => Entity::Album,
        _ => return None,
    };
    Some((entity, mbid.parse().ok()?))
}
