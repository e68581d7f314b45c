//! What is known of an answer apart from its body, what may be done with it, and how that travels with a copy.

use linernotes_shared::cache::{Freshness, State};

use super::Bytes;
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
    pub body: Bytes,
}

impl Whole {
    /// A copy that was found, if its body is what it should be.
    pub fn sound(kept: Kept, body: Vec<u8>) -> Option<Self> {
        let body = Bytes::from(body);
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
    /// When it was purged, in unix seconds; 0 for never. After that it is for trouble only.
    pub purged_at: u64,
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
            State::Fresh { ttl } if !self.is_purged() => Usable::Fresh { ttl },
            State::Expired => Usable::No,
            _ if self.status == 404 => Usable::No,
            State::Fresh { .. } => Usable::InTrouble { age: 0 },
            State::Stale { age } if age < revalidate_for && !self.is_purged() => {
                Usable::Revalidating { age }
            }
            State::Stale { age } => Usable::InTrouble { age },
        }
    }

    /// Whether it was purged.
    pub const fn is_purged(&self) -> bool {
        self.purged_at > 0
    }

    /// Makes it one for trouble only, from a moment on, in unix seconds.
    pub fn purge(&mut self, at: u64) {
        self.purged_at = self.purged_at.max(at);
        self.freshness.fresh_until = self.freshness.fresh_until.min(at);
    }

    /// What to keep of an answer that the origin was `asked_at` some moment for, in unix seconds, where another is kept
    /// already; `None` if that one is the better one.
    ///
    /// What was purged since the origin was asked may be what is here: it isn't fresh either.
    pub fn in_place_of(mut self, there: &Self, asked_at: u64) -> Option<Self> {
        let is_newer = there.made_at > self.made_at;
        let is_better = there.made_at == self.made_at && self.is_purged() && !there.is_purged();
        if is_newer || is_better {
            return None;
        }
        if there.is_purged() && there.purged_at >= asked_at {
            self.purge(there.purged_at);
        }
        Some(self)
    }

    /// The answer after the origin said that it hasn't changed.
    pub fn renewed(self, renewal: Renewal) -> Self {
        Self {
            tags: renewal.tags.or(self.tags),
            freshness: renewal.freshness,
            made_at: renewal.made_at,
            purged_at: 0,
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
            self.purged_at,
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
            purged_at: word()?.parse().ok()?,
            etag: some(word()?),
            location: some(word()?),
            tags: some(word()?),
        };
        words.next().is_none().then_some(kept)
    }
}

/// Stands in a line for what isn't there.
const NONE: &str = "-";

/// A copy for tests of other modules: made at 1000, fresh for a minute and usable for ten.
#[cfg(test)]
pub fn kept_example() -> Kept {
    Kept {
        status: 200,
        coding: Coding::Gzip,
        etag: Some(r#""a1""#.to_owned()),
        tags: Some("artist-x".to_owned()),
        location: None,
        freshness: Freshness::starting(1_000, 60, 600),
        made_at: 1_000,
        durable_at: 0,
        purged_at: 0,
    }
}

#[cfg(test)]
mod tests;
