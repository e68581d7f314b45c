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
    /// Series' answers.
    Series,
    /// Charts, whole, by source, entity, selection and user.
    Chart,
    /// What Spotify's ids are in MusicBrainz, by entity and id.
    Spotify,
    /// What FanArt.tv says, by `artist/{mbid}` or `album/{mbid}`.
    FanArt,
    /// What TheAudioDB says, by `artist/{mbid}` or `album/{mbid}`.
    TheAudioDb,
    /// What Wikipedia says, by Wikidata's `Q{number}` or an article's `{language}:{title}`.
    Wikipedia,
    /// What searches found, by a hash of the question.
    Search,
}

impl Collection {
    /// Every collection.
    pub const ALL: [Self; 10] = [
        Self::Artist,
        Self::Album,
        Self::Profile,
        Self::Series,
        Self::Chart,
        Self::Spotify,
        Self::FanArt,
        Self::TheAudioDb,
        Self::Wikipedia,
        Self::Search,
    ];

    /// The word that its answers' keys begin with.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Album => "album",
            Self::Profile => "profile",
            Self::Series => "series",
            Self::Chart => "chart",
            Self::Spotify => "spotify",
            Self::FanArt => "fanart",
            Self::TheAudioDb => "the-audio-db",
            Self::Wikipedia => "wikipedia",
            Self::Search => "search",
        }
    }

    /// Whether its keys are MBIDs, and no other names.
    const fn is_by_mbid(self) -> bool {
        match self {
            Self::Artist | Self::Album | Self::Profile | Self::Series => true,
            Self::Chart
            | Self::Spotify
            | Self::FanArt
            | Self::TheAudioDb
            | Self::Wikipedia
            | Self::Search => false,
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
    text: String,
}

/// A text is no key of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key of a stored answer")]
pub struct InvalidKey;

/// Most bytes of a name: well below what any store takes for a key.
const LONGEST_NAME: usize = 1000;

impl CacheKey {
    /// The key of a collection's answer on an entity.
    pub fn new(collection: Collection, mbid: Mbid) -> Self {
        Self {
            collection,
            text: format!("{collection}/{mbid}"),
        }
    }

    /// The key of an entity's answer.
    pub fn lookup(entity: Entity, mbid: Mbid) -> Self {
        Self::new(entity.into(), mbid)
    }

    /// The key of a collection's answer by any name of 1 to 1,000 bytes without control characters, e.g. an id of
    /// another service.
    pub fn named(collection: Collection, name: &str) -> Result<Self, InvalidKey> {
        let is_name = (1..=LONGEST_NAME).contains(&name.len()) && !name.contains(char::is_control);
        let is_canonical = || {
            !collection.is_by_mbid()
                || name
                    .parse()
                    // An MBID can be written in several ways, a key in one.
                    .is_ok_and(|mbid: Mbid| mbid.to_string() == name)
        };
        (is_name && is_canonical())
            .then(|| Self {
                collection,
                text: format!("{collection}/{name}"),
            })
            .ok_or(InvalidKey)
    }

    /// The collection it belongs to.
    pub const fn collection(&self) -> Collection {
        self.collection
    }

    /// What names the answer within its collection.
    pub fn name(&self) -> &str {
        &self.text[self.collection.name().len() + 1..]
    }

    /// The entity it is about, if that is what names it.
    pub fn mbid(&self) -> Option<Mbid> {
        self.name().parse().ok()
    }

    /// The key as text, e.g. `artist/070d193a-845c-479f-980e-bef15710653e`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// As a log may show it: without what follows a `?`, which names a person. [`CacheKey::as_str`] is the whole key.
impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.split('?').next().unwrap_or_default())
    }
}

impl FromStr for CacheKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let (collection, name) = text.split_once('/').ok_or(InvalidKey)?;
        let collection = Collection::ALL
            .into_iter()
            .find(|known| known.name() == collection)
            .ok_or(InvalidKey)?;
        Self::named(collection, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::tag;

    #[test]
    fn a_key_is_read_back_from_its_text_alone() {
        let mbid = "070d193a-845c-479f-980e-bef15710653e".parse().unwrap();
        for collection in Collection::ALL {
            let key = CacheKey::new(collection, mbid);
            assert_eq!(key.as_str().parse(), Ok(key.clone()));
            assert_eq!(
                (key.name(), key.mbid()),
                ("070d193a-845c-479f-980e-bef15710653e", Some(mbid))
            );
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
    fn a_key_is_shown_without_the_person_that_it_names() {
        let key = CacheKey::named(Collection::Chart, "lastfm/album/top?user=rj").unwrap();
        assert_eq!(key.as_str(), "chart/lastfm/album/top?user=rj");
        assert_eq!(key.to_string(), "chart/lastfm/album/top");
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
