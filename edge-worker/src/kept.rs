//! What is known of an answer apart from its body, and how it travels with a copy.

use linernotes_shared::cache::Freshness;
use linernotes_shared::http::{CACHE_TAG, FRESH_UNTIL, STALE_UNTIL};

use crate::reply::{Fields, Renewal};

const MADE_AT: &str = "linernotes-made-at";
const CODING: &str = "linernotes-coding";
const ETAG: &str = "linernotes-etag";
const TAGS: &str = "linernotes-tags";

/// The longest time, in seconds, a copy is given to the cache for.
const MAX_KEEP: u64 = 365 * 24 * 3_600;

/// How a body's bytes are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Plain JSON.
    Identity,
    /// JSON in gzip.
    Gzip,
}

impl Coding {
    /// The coding of a JSON object or array, told by its first bytes; `None` if it can't be one, as when it is empty.
    ///
    /// The bytes are the better witness than `Content-Encoding`: runtimes differ in whether they decode and in which
    /// header they leave.
    pub fn of(body: &[u8]) -> Option<Self> {
        match body {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            _ => match body.trim_ascii_start() {
                [b'{' | b'[', ..] => Some(Self::Identity),
                _ => None,
            },
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Identity, Self::Gzip]
            .into_iter()
            .find(|coding| coding.name() == name)
    }
}

/// An answer of the origin's with its body, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// All but the body.
    pub kept: Kept,
    /// The body, coded as `kept` says.
    pub body: Vec<u8>,
}

/// An answer of the origin's without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// 200 or 404.
    pub status: u16,
    /// The body's coding.
    pub coding: Coding,
    /// Entity tag in its wire form.
    pub etag: Option<String>,
    /// Purge tags, comma-separated.
    pub tags: Option<String>,
    /// How long the answer may be used.
    pub freshness: Freshness,
    /// When the origin last knew it to be right, in unix seconds.
    pub made_at: u64,
}

impl Kept {
    /// The answer after the origin said that it hasn't changed.
    pub fn renewed(self, renewal: Renewal) -> Self {
        Self {
            tags: renewal.tags.or(self.tags),
            freshness: renewal.freshness,
            made_at: renewal.made_at,
            ..self
        }
    }

    /// The header under which a copy is kept from `now` on; `None` if the answer is past use.
    ///
    /// To the cache a copy is opaque bytes. With `Content-Encoding` or a JSON media type it would be decoded, coded
    /// again or compressed on the way in or out, differently on different runtimes; an `ETag` could be weakened.
    pub fn to_fields(&self, now: u64) -> Option<Vec<(&'static str, String)>> {
        let keep = self.freshness.stale_until.checked_sub(now)?.min(MAX_KEEP);
        if keep == 0 {
            return None;
        }
        let mut fields = vec![
            ("content-type", "application/octet-stream".to_owned()),
            ("cache-control", format!("public, max-age={keep}")),
            (FRESH_UNTIL, self.freshness.fresh_until.to_string()),
            (STALE_UNTIL, self.freshness.stale_until.to_string()),
            (MADE_AT, self.made_at.to_string()),
            (CODING, self.coding.name().to_owned()),
        ];
        if let Some(etag) = &self.etag {
            fields.push((ETAG, etag.clone()));
        }
        if let Some(tags) = &self.tags {
            // The first is for the cache, which may keep it to itself.
            fields.push((CACHE_TAG, tags.clone()));
            fields.push((TAGS, tags.clone()));
        }
        Some(fields)
    }

    /// Reads back a copy's header; `None` if it isn't one that [`to_fields`](Self::to_fields) made.
    pub fn from_fields(status: u16, fields: &Fields) -> Option<Self> {
        Some(Self {
            status: Some(status).filter(|status| matches!(status, 200 | 404))?,
            coding: Coding::from_name(fields.get(CODING)?)?,
            etag: fields.get(ETAG).map(str::to_owned),
            tags: fields.get(TAGS).map(str::to_owned),
            freshness: Freshness {
                fresh_until: fields.number(FRESH_UNTIL)?,
                stale_until: fields.number(STALE_UNTIL)?,
            },
            made_at: fields.number(MADE_AT)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        Kept {
            status: 200,
            coding: Coding::Gzip,
            etag: Some(r#""a1""#.to_owned()),
            tags: Some("artist-x,artist-y".to_owned()),
            freshness: Freshness::starting(1_000, 60, 600),
            made_at: 990,
        }
    }

    fn fields(fields: Vec<(&'static str, String)>) -> Fields {
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    #[test]
    fn a_body_is_known_by_its_first_bytes() {
        assert_eq!(Coding::of(b"\x1f\x8b\x08\0"), Some(Coding::Gzip));
        assert_eq!(Coding::of(b"{}"), Some(Coding::Identity));
        assert_eq!(Coding::of(b" \n[1]"), Some(Coding::Identity));
        for body in [&b""[..], b"\x1f", b"   ", b"<html>", b"null", b"\xff\xfe"] {
            assert_eq!(Coding::of(body), None, "{body:?}");
        }
    }

    #[test]
    fn a_copy_is_kept_as_opaque_bytes_for_the_whole_stale_window() {
        let expected = [
            ("content-type", "application/octet-stream"),
            ("cache-control", "public, max-age=650"),
            ("linernotes-fresh-until", "1060"),
            ("linernotes-stale-until", "1660"),
            ("linernotes-made-at", "990"),
            ("linernotes-coding", "gzip"),
            ("linernotes-etag", r#""a1""#),
            ("cache-tag", "artist-x,artist-y"),
            ("linernotes-tags", "artist-x,artist-y"),
        ]
        .map(|(name, value)| (name, value.to_owned()));
        assert_eq!(kept().to_fields(1_010), Some(expected.to_vec()));
    }

    #[test]
    fn what_is_past_use_is_not_kept_and_nothing_is_kept_for_ever() {
        assert_eq!(kept().to_fields(1_660), None);
        assert_eq!(kept().to_fields(5_000), None);
        let mut endless = kept();
        endless.freshness.stale_until = u64::MAX;
        let control = &endless.to_fields(0).unwrap()[1];
        assert_eq!(
            control,
            &("cache-control", "public, max-age=31536000".to_owned())
        );
    }

    #[test]
    fn a_copy_reads_back_as_it_was_kept() {
        for kept in [
            kept(),
            Kept {
                status: 404,
                coding: Coding::Identity,
                etag: None,
                tags: None,
                ..kept()
            },
        ] {
            let stored = fields(kept.to_fields(1_000).unwrap());
            assert_eq!(Kept::from_fields(kept.status, &stored), Some(kept));
        }
    }

    #[test]
    fn a_garbled_copy_is_none() {
        let whole = kept().to_fields(1_000).unwrap();
        assert_eq!(Kept::from_fields(500, &fields(whole.clone())), None);
        for name in [FRESH_UNTIL, STALE_UNTIL, MADE_AT, CODING] {
            let mut garbled = whole.clone();
            for field in garbled.iter_mut().filter(|field| field.0 == name) {
                field.1 = "garbage".to_owned();
            }
            assert_eq!(Kept::from_fields(200, &fields(garbled)), None, "{name}");
            let mut torn = whole.clone();
            torn.retain(|field| field.0 != name);
            assert_eq!(Kept::from_fields(200, &fields(torn)), None, "{name}");
        }
    }

    #[test]
    fn renewal_changes_times_and_keeps_the_rest() {
        let renewal = Renewal {
            freshness: Freshness::starting(2_000, 60, 600),
            made_at: 2_000,
            tags: None,
        };
        assert_eq!(
            kept().renewed(renewal.clone()),
            Kept {
                freshness: Freshness::starting(2_000, 60, 600),
                made_at: 2_000,
                ..kept()
            }
        );
        let retagged = Renewal {
            tags: Some("artist-z".to_owned()),
            ..renewal
        };
        assert_eq!(kept().renewed(retagged).tags.as_deref(), Some("artist-z"));
    }
}
