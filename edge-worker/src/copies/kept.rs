//! What is known of an answer apart from its body, what may be done with it, and how that travels with a copy.

use linernotes_shared::cache::{Freshness, State};

use crate::origin::Renewal;

/// How a body's bytes are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Plain JSON.
    Identity,
    /// JSON in gzip.
    Gzip,
    /// Nothing: the answer has no body.
    None,
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
            Self::None => "none",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Identity, Self::Gzip, Self::None]
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

impl Whole {
    /// A copy that was found, if its body is what it should be.
    pub fn sound(kept: Kept, body: Vec<u8>) -> Option<Self> {
        let is_sound = match kept.coding {
            Coding::None => body.is_empty(),
            coding => Coding::of(&body) == Some(coding),
        };
        is_sound.then_some(Self { kept, body })
    }
}

/// An answer of the origin's without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// 200, 301 or 404.
    pub status: u16,
    /// The body's coding.
    pub coding: Coding,
    /// Entity tag in its wire form.
    pub etag: Option<String>,
    /// Purge tags, comma-separated.
    pub tags: Option<String>,
    /// Where a 301 leads.
    pub location: Option<String>,
    /// How long the answer may be used.
    pub freshness: Freshness,
    /// When the origin last knew it to be right, in unix seconds.
    pub made_at: u64,
    /// When it was last stored durably, in unix seconds; 0 for never.
    pub durable_at: u64,
    /// Whether it was purged: it is for trouble only.
    pub is_purged: bool,
}

/// What may be done with a copy at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usable {
    /// Serve it; it stays fresh for so many seconds.
    Fresh {
        /// Seconds of freshness left.
        ttl: u64,
    },
    /// Serve it and fetch a new answer for those who come later.
    Revalidating {
        /// Seconds since it stopped being fresh.
        age: u64,
    },
    /// Wait for a new answer, and serve this one if there is trouble.
    InTrouble {
        /// Seconds since it stopped being fresh.
        age: u64,
    },
    /// Wait for a new answer.
    No,
}

impl Kept {
    /// What may be done with the copy `now`, if it is served for `revalidate_for` seconds while a new one is fetched.
    ///
    /// An old "unknown" is never used: Lidarr would delete what has come since.
    pub const fn usable(&self, now: u64, revalidate_for: u64) -> Usable {
        match self.freshness.at(now) {
            State::Fresh { ttl } if !self.is_purged => Usable::Fresh { ttl },
            State::Expired => Usable::No,
            _ if self.status == 404 => Usable::No,
            State::Fresh { .. } => Usable::InTrouble { age: 0 },
            State::Stale { age } if age < revalidate_for && !self.is_purged => {
                Usable::Revalidating { age }
            }
            State::Stale { age } => Usable::InTrouble { age },
        }
    }

    /// The answer after the origin said that it hasn't changed.
    pub fn renewed(self, renewal: Renewal) -> Self {
        Self {
            tags: renewal.tags.or(self.tags),
            freshness: renewal.freshness,
            made_at: renewal.made_at,
            is_purged: false,
            ..self
        }
    }

    /// All of it as one line of visible characters and single spaces, which travels with the body.
    pub fn to_line(&self) -> String {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| NONE.to_owned());
        format!(
            "{} {} {} {} {} {} {} {} {} {}",
            self.status,
            self.coding.name(),
            self.freshness.fresh_until,
            self.freshness.stale_until,
            self.made_at,
            self.durable_at,
            u8::from(self.is_purged),
            or_none(&self.etag),
            or_none(&self.location),
            or_none(&self.tags),
        )
    }

    /// Reads back a line; `None` if it isn't one that [`to_line`](Self::to_line) made.
    pub fn from_line(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let mut word = || words.next();
        let some = |word: &str| (word != NONE).then(|| word.to_owned());
        let kept = Self {
            status: word()?
                .parse()
                .ok()
                .filter(|status| matches!(status, 200 | 301 | 404))?,
            coding: Coding::from_name(word()?)?,
            freshness: Freshness {
                fresh_until: word()?.parse().ok()?,
                stale_until: word()?.parse().ok()?,
            },
            made_at: word()?.parse().ok()?,
            durable_at: word()?.parse().ok()?,
            is_purged: match word()? {
                "0" => false,
                "1" => true,
                _ => return None,
            },
            etag: some(word()?),
            location: some(word()?),
            tags: some(word()?),
        };
        words.next().is_none().then_some(kept)
    }
}

/// Stands in a line for what isn't there.
const NONE: &str = "-";

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        Kept {
            status: 200,
            coding: Coding::Gzip,
            etag: Some(r#""a1""#.to_owned()),
            tags: Some("artist-x,artist-y".to_owned()),
            location: None,
            freshness: Freshness::starting(1_000, 60, 600),
            made_at: 990,
            durable_at: 0,
            is_purged: false,
        }
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
    fn a_copy_is_fresh_then_revalidated_then_for_trouble_then_nothing() {
        for (now, usable) in [
            (1_059, Usable::Fresh { ttl: 1 }),
            (1_060, Usable::Revalidating { age: 0 }),
            (1_159, Usable::Revalidating { age: 99 }),
            (1_160, Usable::InTrouble { age: 100 }),
            (1_659, Usable::InTrouble { age: 599 }),
            (1_660, Usable::No),
        ] {
            assert_eq!(kept().usable(now, 100), usable, "{now}");
        }
    }

    #[test]
    fn a_purged_copy_is_for_trouble_only() {
        let purged = Kept {
            is_purged: true,
            ..kept()
        };
        assert_eq!(purged.usable(1_000, 100), Usable::InTrouble { age: 0 });
        assert_eq!(purged.usable(1_061, 100), Usable::InTrouble { age: 1 });
        assert_eq!(purged.usable(1_660, 100), Usable::No);
    }

    #[test]
    fn an_unknown_is_believed_while_it_is_fresh_and_not_a_second_longer() {
        let unknown = Kept {
            status: 404,
            ..kept()
        };
        assert_eq!(unknown.usable(1_059, 100), Usable::Fresh { ttl: 1 });
        assert_eq!(unknown.usable(1_060, 100), Usable::No);
        let purged = Kept {
            is_purged: true,
            ..unknown
        };
        assert_eq!(purged.usable(1_000, 100), Usable::No);
    }

    #[test]
    fn a_copy_reads_back_as_it_was_kept() {
        assert_eq!(
            kept().to_line(),
            r#"200 gzip 1060 1660 990 0 0 "a1" - artist-x,artist-y"#
        );
        for kept in [
            kept(),
            Kept {
                status: 404,
                coding: Coding::Identity,
                etag: None,
                tags: None,
                is_purged: true,
                durable_at: 7,
                ..kept()
            },
            Kept {
                status: 301,
                coding: Coding::None,
                location: Some("../../artist/x".to_owned()),
                ..kept()
            },
        ] {
            assert_eq!(Kept::from_line(&kept.to_line()), Some(kept));
        }
    }

    #[test]
    fn a_garbled_line_is_none() {
        let line = kept().to_line();
        let words: Vec<&str> = line.split(' ').collect();
        for (index, garbage) in [
            (0, "500"),
            (1, "br"),
            (2, "x"),
            (3, "-1"),
            (4, ""),
            (6, "2"),
        ] {
            let mut garbled = words.clone();
            garbled[index] = garbage;
            assert_eq!(Kept::from_line(&garbled.join(" ")), None, "{garbage}");
        }
        assert_eq!(Kept::from_line(&words[..9].join(" ")), None);
        assert_eq!(Kept::from_line(&format!("{line} x")), None);
    }

    #[test]
    fn renewal_changes_times_and_keeps_the_rest() {
        let renewal = Renewal {
            freshness: Freshness::starting(2_000, 60, 600),
            made_at: 2_000,
            tags: None,
        };
        let purged = Kept {
            is_purged: true,
            ..kept()
        };
        assert_eq!(
            purged.renewed(renewal.clone()),
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
