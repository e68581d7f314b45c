use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xxhash_rust::xxh3::Xxh3Default;

use linernotes_shared::Mbid;
use linernotes_shared::cache::{CacheKey, Freshness};

use super::segment::{self, Segment};
use crate::answer::Frame;

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// 200: the entity.
    Found,
    /// 404: a healthy, current catalogue doesn't know it.
    Unknown,
}

/// What is kept under a key: an answer without the profiles that stand in it, or such a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it says.
    pub kind: Kind,
    /// Its content, with room for the profiles of artists.
    pub frame: Frame<Segment>,
    /// Strong entity tag of its own content, quotes included; that of the profiles is theirs.
    pub etag: String,
    /// Tags by which it is purged.
    pub tags: Vec<String>,
    /// How long it may be used.
    pub freshness: Freshness,
    /// When its content last changed, unix seconds.
    pub updated: u64,
    /// When its build began to read the catalogue, unix milliseconds: of two entries, the later one knows more.
    pub built_at: u64,
}

/// A stored entry can't be read, or one can't be written.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Its format is of another version.
    #[error("stored entry has the unknown format {0:?}")]
    Format(Option<u8>),
    /// Its bytes aren't those that were stored under its key: some are changed, missing or another entry's.
    #[error("stored entry is damaged")]
    Checksum,
    /// Its bytes are sound, but not what its format says.
    #[error("stored entry isn't of its format")]
    Content(#[source] postcard::Error),
}

/// The version of [`Stored`], as the first byte.
const FORMAT: u8 = 3;

/// Bytes of the checksum after the format byte: XXH3 of the key and of all that follows, little-endian.
const CHECKSUM: usize = size_of::<u128>();

/// The stored form: this in postcard's encoding after the format byte and the checksum.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    kind: Kind,
    etag: &'a str,
    #[serde(borrow)]
    tags: Vec<&'a str>,
    fresh_until: u64,
    stale_until: u64,
    updated: u64,
    built_at: u64,
    #[serde(borrow)]
    before: segment::Stored<'a>,
    artists: Vec<[u8; 16]>,
    #[serde(borrow)]
    after: segment::Stored<'a>,
}

impl Entry {
    /// Compresses and tags content in which no profile stands, built just `now`, in unix seconds.
    pub fn new(kind: Kind, body: &[u8], tags: Vec<String>, freshness: Freshness, now: u64) -> Self {
        let frame = Frame {
            before: body,
            artists: Vec::new(),
            after: b"",
        };
        Self::framing(kind, frame, tags, freshness, now)
    }

    /// Compresses and tags content in which profiles stand, built just `now`, in unix seconds.
    pub fn framing(
        kind: Kind,
        frame: Frame<impl AsRef<[u8]>>,
        tags: Vec<String>,
        freshness: Freshness,
        now: u64,
    ) -> Self {
        let frame = frame.map(|piece| Segment::new(piece.as_ref()));
        Self {
            kind,
            etag: etag(&frame),
            frame,
            tags,
            freshness,
            updated: now,
            built_at: now.saturating_mul(1000),
        }
    }

    /// This entry, from a build that began at `built_at`, unix milliseconds.
    pub fn built_at(self, built_at: u64) -> Self {
        Self { built_at, ..self }
    }

    /// This entry as the successor of `previous`: `updated` moves only when the content does.
    pub fn following(mut self, previous: Option<&Self>) -> Self {
        if let Some(previous) = previous
            && previous.etag == self.etag
            && previous.kind == self.kind
        {
            self.updated = previous.updated;
        }
        self
    }

    /// Bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        size_of::<Self>()
            + self.frame.before.weight()
            + self.frame.artists.len() * size_of::<Mbid>()
            + self.frame.after.weight()
            + self.etag.len()
            + weight_of(&self.tags)
    }

    /// The stored form, for one key only.
    pub fn encode(&self, key: &CacheKey) -> Result<Vec<u8>, EntryError> {
        let artists = self.frame.artists.iter();
        let stored = Stored {
            kind: self.kind,
            etag: &self.etag,
            tags: self.tags.iter().map(String::as_str).collect(),
            fresh_until: self.freshness.fresh_until,
            stale_until: self.freshness.stale_until,
            updated: self.updated,
            built_at: self.built_at,
            before: self.frame.before.stored(),
            artists: artists.map(|mbid| mbid.uuid().into_bytes()).collect(),
            after: self.frame.after.stored(),
        };
        let mut bytes = Vec::with_capacity(self.weight());
        bytes.push(FORMAT);
        bytes.extend([0; CHECKSUM]);
        let mut bytes = postcard::to_extend(&stored, bytes).map_err(EntryError::Content)?;
        let (head, content) = bytes.split_at_mut(1 + CHECKSUM);
        head[1..].copy_from_slice(&checksum(key, content));
        Ok(bytes)
    }

    /// Reads the stored form of a key's entry.
    pub fn decode(key: &CacheKey, bytes: &[u8]) -> Result<Self, EntryError> {
        let Some((&FORMAT, bytes)) = bytes.split_first() else {
            return Err(EntryError::Format(bytes.first().copied()));
        };
        let (sum, content) = bytes
            .split_first_chunk::<CHECKSUM>()
            .ok_or(EntryError::Checksum)?;
        if *sum != checksum(key, content) {
            return Err(EntryError::Checksum);
        }
        let stored: Stored<'_> = postcard::from_bytes(content).map_err(EntryError::Content)?;
        let artists = stored.artists.into_iter();
        Ok(Self {
            kind: stored.kind,
            frame: Frame {
                before: stored.before.into(),
                artists: artists
                    .map(|bytes| Uuid::from_bytes(bytes).into())
                    .collect(),
                after: stored.after.into(),
            },
            etag: stored.etag.to_owned(),
            tags: stored.tags.into_iter().map(str::to_owned).collect(),
            freshness: Freshness {
                fresh_until: stored.fresh_until,
                stale_until: stored.stale_until,
            },
            updated: stored.updated,
            built_at: stored.built_at,
        })
    }

    /// Until when it is fresh under a mark (see [`Store::mark_stale`](super::Store::mark_stale)).
    pub(super) fn fresh_until_under(&self, mark: Option<u64>) -> u64 {
        match mark {
            Some(from) if self.built_at < from.saturating_mul(1000) => {
                self.freshness.fresh_until.min(from)
            }
            _ => self.freshness.fresh_until,
        }
    }

    /// This entry, fresh no longer than until then (unix seconds). What may not be used stale, as "not found", may then
    /// not be used at all.
    pub(super) fn fresh_no_longer_than(mut self, until: u64) -> Self {
        let Freshness {
            fresh_until,
            stale_until,
        } = &mut self.freshness;
        if until < *fresh_until {
            if *stale_until <= *fresh_until {
                *stale_until = until;
            }
            *fresh_until = until;
        }
        self
    }
}

/// Bytes that tags take in memory, about.
pub(super) fn weight_of(tags: &[String]) -> usize {
    tags.iter().map(|tag| size_of::<String>() + tag.len()).sum()
}

fn checksum(key: &CacheKey, content: &[u8]) -> [u8; CHECKSUM] {
    let mut hasher = Xxh3Default::new();
    hasher.update(key.as_str().as_bytes());
    // No key holds a zero byte, so key and content can't be divided in another way.
    hasher.update(&[0]);
    hasher.update(content);
    hasher.digest128().to_le_bytes()
}

/// The tag of a frame: of its pieces, and of whose profiles stand between them.
fn etag(frame: &Frame<Segment>) -> String {
    let mut hasher = Xxh3Default::new();
    hasher.update(frame.before.etag().as_bytes());
    for artist in &frame.artists {
        hasher.update(artist.uuid().as_bytes());
    }
    hasher.update(frame.after.etag().as_bytes());
    format!("\"{:032x}\"", hasher.digest128())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(body: &[u8], now: u64) -> Entry {
        let tags = vec!["artist-1".to_owned(), "album-2".to_owned()];
        Entry::new(
            Kind::Found,
            body,
            tags,
            Freshness::starting(now, 60, 600),
            now,
        )
    }

    fn key(last: char) -> CacheKey {
        format!("artist/070d193a-845c-479f-980e-bef15710653{last}")
            .parse()
            .unwrap()
    }

    #[test]
    fn an_entry_survives_being_stored() {
        let original = entry(br#"{"id":1}"#, 1_000).built_at(999_123);
        let bytes = original.encode(&key('e')).unwrap();
        let read = Entry::decode(&key('e'), &bytes).unwrap();
        assert_eq!(read, original);
        assert_eq!(read.frame.before.plain().unwrap(), br#"{"id":1}"#);
    }

    #[test]
    fn a_frame_survives_being_stored() {
        let frame = Frame {
            before: &b"[1,"[..],
            artists: ['a', 'b']
                .map(|letter| key(letter).mbid().unwrap())
                .to_vec(),
            after: b",2]",
        };
        let freshness = Freshness::starting(1_000, 60, 600);
        let original = Entry::framing(Kind::Found, frame, Vec::new(), freshness, 1_000);
        let bytes = original.encode(&key('e')).unwrap();
        assert_eq!(Entry::decode(&key('e'), &bytes).unwrap(), original);
    }

    #[test]
    fn damage_is_an_error_rather_than_a_wrong_answer() {
        let bytes = entry(br#"{"id":1}"#, 1_000).encode(&key('e')).unwrap();
        let decode = |bytes: &[u8]| Entry::decode(&key('e'), bytes);
        assert!(matches!(decode(&[]), Err(EntryError::Format(None))));
        for place in 0..bytes.len() {
            assert!(decode(&bytes[..place]).is_err(), "cut at {place}");
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1 << bit;
                let read = decode(&flipped);
                if place == 0 {
                    assert!(matches!(read, Err(EntryError::Format(Some(_)))));
                } else {
                    assert!(
                        matches!(read, Err(EntryError::Checksum)),
                        "bit {bit} of {place}"
                    );
                }
            }
        }
        assert!(
            matches!(Entry::decode(&key('f'), &bytes), Err(EntryError::Checksum)),
            "another key's entry"
        );
    }

    #[test]
    fn a_mark_ends_the_freshness_of_what_was_built_before_it() {
        // Fresh from 1000 to 1060.
        let fresh_until = |mark| entry(b"{}", 1_000).fresh_until_under(mark);
        assert_eq!(fresh_until(None), 1_060);
        assert_eq!(fresh_until(Some(1_000)), 1_060, "built at the mark");
        assert_eq!(fresh_until(Some(1_001)), 1_001);
        assert_eq!(fresh_until(Some(1_061)), 1_060, "stale by itself before");
    }

    #[test]
    fn what_may_not_be_used_stale_may_not_be_used_after_a_mark() {
        let stale_until = |stale, until| {
            let freshness = Freshness::starting(1_000, 60, stale);
            let entry = Entry::new(Kind::Unknown, b"{}", Vec::new(), freshness, 1_000);
            entry.fresh_no_longer_than(until).freshness
        };
        let until = |fresh_until, stale_until| Freshness {
            fresh_until,
            stale_until,
        };
        assert_eq!(stale_until(0, 1_010), until(1_010, 1_010));
        assert_eq!(stale_until(0, 1_070), until(1_060, 1_060));
        assert_eq!(stale_until(600, 1_010), until(1_010, 1_660));
    }

    #[test]
    fn updated_moves_only_when_the_content_does() {
        let first = entry(b"{}", 1_000);
        assert_eq!(entry(b"{}", 2_000).following(Some(&first)).updated, 1_000);
        assert_eq!(entry(b"[]", 2_000).following(Some(&first)).updated, 2_000);
        assert_eq!(entry(b"{}", 2_000).following(None).updated, 2_000);
    }
}
