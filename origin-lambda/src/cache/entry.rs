use std::io::{Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use linernotes_shared::cache::Freshness;

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// 200: the entity.
    Found,
    /// 404: a healthy, current catalogue doesn't know it.
    Unknown,
}

/// A kept answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it says.
    pub kind: Kind,
    /// The body as it is sent, gzip-compressed.
    pub gzip: Bytes,
    /// Strong entity tag of the content, quotes included.
    pub etag: String,
    /// Tags by which it is purged.
    pub tags: Vec<String>,
    /// How long it may be used.
    pub freshness: Freshness,
    /// When its content last changed, unix seconds.
    pub updated: u64,
}

/// A stored entry can't be read.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// Its format is of another version.
    #[error("stored entry has the unknown format {0:?}")]
    Format(Option<u8>),
    /// Its bytes aren't what its format says.
    #[error("stored entry is damaged")]
    Damaged(#[source] postcard::Error),
}

/// The version of [`Stored`], as the first byte.
const FORMAT: u8 = 1;

/// The stored form: this in postcard's encoding after the format byte.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    kind: Kind,
    etag: &'a str,
    #[serde(borrow)]
    tags: Vec<&'a str>,
    fresh_until: u64,
    stale_until: u64,
    updated: u64,
    #[serde(with = "serde_bytes")]
    gzip: &'a [u8],
}

impl Entry {
    /// Compresses and tags a body.
    pub fn new(kind: Kind, body: &[u8], tags: Vec<String>, freshness: Freshness, now: u64) -> Self {
        Self {
            kind,
            gzip: compress(body),
            etag: format!("\"{:032x}\"", xxh3_128(body)),
            tags,
            freshness,
            updated: now,
        }
    }

    /// The body, decompressed.
    pub fn body(&self) -> std::io::Result<Vec<u8>> {
        let mut body = Vec::with_capacity(self.gzip.len() * 6);
        GzDecoder::new(&self.gzip[..]).read_to_end(&mut body)?;
        Ok(body)
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

    /// This entry, held fresh until `time` because nothing better can be had before.
    pub fn excused_until(&self, time: u64) -> Self {
        Self {
            freshness: Freshness {
                fresh_until: time,
                ..self.freshness
            },
            ..self.clone()
        }
    }

    /// Bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        size_of::<Self>()
            + self.gzip.len()
            + self.etag.len()
            + self
                .tags
                .iter()
                .map(|tag| size_of::<String>() + tag.len())
                .sum::<usize>()
    }

    /// The stored form.
    pub fn encode(&self) -> Result<Vec<u8>, EntryError> {
        let stored = Stored {
            kind: self.kind,
            etag: &self.etag,
            tags: self.tags.iter().map(String::as_str).collect(),
            fresh_until: self.freshness.fresh_until,
            stale_until: self.freshness.stale_until,
            updated: self.updated,
            gzip: &self.gzip,
        };
        let bytes = Vec::with_capacity(self.weight());
        postcard::to_extend(&stored, {
            let mut bytes = bytes;
            bytes.push(FORMAT);
            bytes
        })
        .map_err(EntryError::Damaged)
    }

    /// Reads the stored form.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        let Some((&FORMAT, bytes)) = bytes.split_first() else {
            return Err(EntryError::Format(bytes.first().copied()));
        };
        let stored: Stored<'_> = postcard::from_bytes(bytes).map_err(EntryError::Damaged)?;
        Ok(Self {
            kind: stored.kind,
            gzip: Bytes::copy_from_slice(stored.gzip),
            etag: stored.etag.to_owned(),
            tags: stored.tags.into_iter().map(str::to_owned).collect(),
            freshness: Freshness {
                fresh_until: stored.fresh_until,
                stale_until: stored.stale_until,
            },
            updated: stored.updated,
        })
    }
}

fn compress(body: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::default());
    encoder
        .write_all(body)
        .and_then(|()| encoder.finish())
        .expect("a vector takes every write")
        .into()
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

    #[test]
    fn an_entry_survives_being_stored() {
        let original = entry(br#"{"id":1}"#, 1_000);
        let read = Entry::decode(&original.encode().unwrap()).unwrap();
        assert_eq!(read, original);
        assert_eq!(read.body().unwrap(), br#"{"id":1}"#);
    }

    #[test]
    fn damage_is_an_error_rather_than_a_wrong_answer() {
        let bytes = entry(br#"{"id":1}"#, 1_000).encode().unwrap();
        assert!(matches!(Entry::decode(&[]), Err(EntryError::Format(None))));
        assert!(matches!(
            Entry::decode(&[9, 9]),
            Err(EntryError::Format(Some(9)))
        ));
        assert!(matches!(
            Entry::decode(&bytes[..bytes.len() - 1]),
            Err(EntryError::Damaged(_))
        ));
    }

    #[test]
    fn updated_moves_only_when_the_content_does() {
        let first = entry(b"{}", 1_000);
        assert_eq!(entry(b"{}", 2_000).following(Some(&first)).updated, 1_000);
        assert_eq!(entry(b"[]", 2_000).following(Some(&first)).updated, 2_000);
        assert_eq!(entry(b"{}", 2_000).following(None).updated, 2_000);
    }
}
