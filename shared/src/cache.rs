//! Keys, tags and freshness of stored answers.

use std::fmt;
use std::str::FromStr;

use crate::mbid::Mbid;
use crate::request::Entity;

/// Stored answers of one sort. They can be listed by their age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// Artists' answers.
    Artist,
    /// Albums' answers.
    Album,
    /// Artists' profiles, which stand in the answers of the artists and of their albums.
    Profile,
}

impl Collection {
    /// Every collection.
    pub const ALL: [Self; 3] = [Self::Artist, Self::Album, Self::Profile];

    /// The word that its answers' keys begin with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Album => "album",
            Self::Profile => "profile",
        }
    }
}

impl From<Entity> for Collection {
    fn from(entity: Entity) -> Self {
        match entity {
            Entity::Artist => Self::Artist,
            Entity::Album => Self::Album,
        }
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names one stored answer, in every tier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheKey {
    collection: Collection,
    mbid: Mbid,
    text: String,
}

/// A text is no key of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key of a stored answer")]
pub struct InvalidKey;

impl CacheKey {
    /// The key of a collection's answer on an entity.
    pub fn new(collection: Collection, mbid: Mbid) -> Self {
        Self {
            collection,
            mbid,
            text: format!("{collection}/{mbid}"),
        }
    }

    /// The key of an entity's answer.
    pub fn lookup(entity: Entity, mbid: Mbid) -> Self {
        Self::new(entity.into(), mbid)
    }

    /// The collection it belongs to.
    pub const fn collection(&self) -> Collection {
        self.collection
    }

    /// The entity it is about.
    pub const fn mbid(&self) -> Mbid {
        self.mbid
    }

    /// The key as text, e.g. `artist/070d193a-845c-479f-980e-bef15710653e`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for CacheKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let (collection, mbid) = text.split_once('/').ok_or(InvalidKey)?;
        let collection = Collection::ALL
            .into_iter()
            .find(|known| known.name() == collection)
            .ok_or(InvalidKey)?;
        let key = Self::new(collection, mbid.parse().map_err(|_| InvalidKey)?);
        // An MBID can be written in several ways, a key in one.
        (key.text == text).then_some(key).ok_or(InvalidKey)
    }
}

/// The tag under which every answer that shows the entity can be purged, e.g. `artist-070d193a-…`.
pub fn tag(entity: Entity, mbid: Mbid) -> String {
    format!("{entity}-{mbid}")
}

/// How long a stored answer may be used. Times are unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Until then the answer is served as it is.
    pub fresh_until: u64,
    /// Until then the answer is better than none.
    pub stale_until: u64,
}

/// What may be done with a stored answer at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Serve it; it stays fresh for so many seconds.
    Fresh {
        /// Seconds of freshness left.
        ttl: u64,
    },
    /// Ask for a new one, and serve this one if there is trouble.
    Stale {
        /// Seconds since it stopped being fresh.
        age: u64,
    },
    /// Too old to serve even in trouble.
    Expired,
}

impl Freshness {
    /// Freshness of an answer made `now` that is fresh for `fresh` seconds and usable in trouble for `stale` more.
    pub const fn starting(now: u64, fresh: u64, stale: u64) -> Self {
        let fresh_until = now.saturating_add(fresh);
        Self {
            fresh_until,
            stale_until: fresh_until.saturating_add(stale),
        }
    }

    /// What may be done with the answer `now`.
    pub const fn at(self, now: u64) -> State {
        if now < self.fresh_until {
            State::Fresh {
                ttl: self.fresh_until - now,
            }
        } else if now < self.stale_until {
            State::Stale {
                age: now - self.fresh_until,
            }
        } else {
            State::Expired
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_fresh_then_stale_then_expired() {
        let freshness = Freshness::starting(1_000, 60, 600);
        assert_eq!(freshness.at(1_000), State::Fresh { ttl: 60 });
        assert_eq!(freshness.at(1_059), State::Fresh { ttl: 1 });
        assert_eq!(freshness.at(1_060), State::Stale { age: 0 });
        assert_eq!(freshness.at(1_659), State::Stale { age: 599 });
        assert_eq!(freshness.at(1_660), State::Expired);
    }

    #[test]
    fn a_key_is_read_back_from_its_text_alone() {
        let mbid = "070d193a-845c-479f-980e-bef15710653e".parse().unwrap();
        for collection in Collection::ALL {
            let key = CacheKey::new(collection, mbid);
            assert_eq!(key.as_str().parse(), Ok(key));
        }
        for other in [
            "",
            "artist",
            "artist/",
            "label/070d193a-845c-479f-980e-bef15710653e",
            "artist/070D193A-845C-479F-980E-BEF15710653E",
            "artist/070d193a-845c-479f-980e-bef15710653e/",
        ] {
            assert_eq!(other.parse::<CacheKey>(), Err(InvalidKey), "{other}");
        }
    }

    #[test]
    fn keys_and_tags_carry_the_canonical_mbid() {
        let mbid = "{070D193A-845C-479F-980E-BEF15710653E}".parse().unwrap();
        assert_eq!(
            CacheKey::lookup(Entity::Artist, mbid).as_str(),
            "artist/070d193a-845c-479f-980e-bef15710653e"
        );
        assert_eq!(
            tag(Entity::Album, mbid),
            "album-070d193a-845c-479f-980e-bef15710653e"
        );
    }
}
