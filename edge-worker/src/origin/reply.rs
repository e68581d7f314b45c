//! What the origin said, and whether it can be used.

use linernotes_shared::cache::Freshness;
use linernotes_shared::http::{CACHE_STATUS, CACHE_TAG, FRESH_UNTIL, STALE_UNTIL, essence};

use super::OWN_WORDS;
use crate::copies::{Bytes, Coding, Kept, Whole, tags};

/// What a page's browser may do.
pub const POLICY: &str = "content-security-policy";
/// Seconds after which a client may try again when the origin doesn't say.
pub const RETRY_AFTER: u64 = 10;
/// The longest wait, in seconds, that the origin may ask of clients.
const MAX_RETRY_AFTER: u64 = 3_600;

/// Seconds for which an answer may be served in trouble, after it was fresh.
const LONGEST_IN_TROUBLE: u64 = 30 * 24 * 3_600;

/// The header of a message, names in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl FromIterator<(String, String)> for Fields {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(fields: T) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl Fields {
    /// The field's value if it is printable ASCII: nothing else is of use, or safe to repeat in another header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| value.bytes().all(|byte| (b' '..=b'~').contains(&byte)))
    }

    /// The field's value as a whole number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}

/// A complete answer of the origin, not yet judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header.
    pub fields: Fields,
    /// Body, coded as it was sent.
    pub body: Bytes,
}

/// Why the origin gave nothing to pass on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No whole answer within the time limit.
    #[error("the origin didn't answer in time")]
    Timeout,
    /// No connection, or one that broke.
    #[error("the origin can't be reached")]
    Unreachable,
    /// An answer that says the origin is in trouble.
    #[error("the origin is in trouble")]
    Failed {
        /// Seconds after which the origin wants to be asked again.
        retry_after: Option<u64>,
    },
    /// An answer that isn't one of the origin's.
    #[error("the origin's answer can't be used")]
    Malformed,
    /// An answer with its end missing.
    #[error("the origin's answer isn't complete")]
    Incomplete,
    /// "Unknown" that was purged while the origin was asked, or than which there is something newer.
    #[error("the origin's answer is out of date")]
    Outdated,
    /// It has failed so often that it isn't asked at the moment.
    #[error("the origin is given a pause")]
    Paused {
        /// Seconds until it is asked again.
        seconds: u64,
    },
    /// The client has asked for so much that the origin isn't asked for it.
    #[error("too many requests from this address")]
    TooMany {
        /// Seconds after which the client may ask again.
        seconds: u64,
    },
}

impl Trouble {
    /// The word for `Cache-Status` and the log.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Timeout => "origin-timeout",
            Self::Unreachable => "origin-unreachable",
            Self::Failed { .. } => "origin-error",
            Self::Malformed => "origin-malformed",
            Self::Incomplete => "origin-incomplete",
            Self::Outdated => "origin-outdated",
            Self::Paused { .. } => "origin-paused",
            Self::TooMany { .. } => "client-limit",
        }
    }

    /// Seconds after which a client may try again.
    pub const fn retry_after(self) -> u64 {
        match self {
            Self::Failed {
                retry_after: Some(seconds),
            }
            | Self::Paused { seconds }
            | Self::TooMany { seconds } => seconds,
            _ => RETRY_AFTER,
        }
    }

    /// What clients are told.
    pub fn told(self) -> String {
        match self.status() {
            503 => format!("the service is unavailable at the moment: {self}"),
            _ => self.to_string(),
        }
    }

    /// The HTTP status of an answer that says no more than this.
    pub const fn status(self) -> u16 {
        match self {
            Self::TooMany { .. } => 429,
            _ => 503,
        }
    }
}

/// The origin's word on a question whose answers are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A new answer, to be kept.
    Answer(Whole),
    /// The copy that was asked about is still right.
    Unchanged(Renewal),
    /// An answer that isn't to be kept, with its body's coding.
    Passing(Reply, Coding),
}

/// What a 304 says about the copy it confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// How long the copy may be used from now on.
    pub freshness: Freshness,
    /// When the origin last knew it to be right, in unix seconds.
    pub made_at: u64,
    /// New purge tags, if the origin sent any.
    pub tags: Option<String>,
}

impl Reply {
    /// Judges an answer to a question whose answers are kept.
    ///
    /// Only what says how long it may be used, as the origin's own answers do, is kept: anything in between (a proxy, a
    /// platform's error page) can send a 200 or 404 of its own. It is as old as the question: what it says may have been
    /// read right after the origin was `asked_at` that moment, in unix seconds.
    pub fn judged(self, asked_at: u64) -> Result<Verdict, Trouble> {
        if !matches!(self.status, 200 | 301 | 304 | 404) {
            let coding = self.passable(OWN_WORDS)?;
            return Ok(Verdict::Passing(self, coding));
        }
        let freshness = freshness(&self.fields).ok_or(Trouble::Malformed)?;
        let made_at = asked_at.saturating_sub(self.fields.number("age").unwrap_or(0));
        let tags = self.fields.get(CACHE_TAG).and_then(tags::read);
        if self.status == 304 {
            return Ok(Verdict::Unchanged(Renewal {
                freshness,
                made_at,
                tags,
            }));
        }
        let (coding, location) = match self.status {
            301 => (Coding::None, Some(self.location()?.to_owned())),
            _ => (self.json()?, None),
        };
        let etag = self.fields.get("etag").filter(|tag| is_etag(tag));
        let kept = Kept {
            status: self.status,
            coding,
            etag: etag.map(str::to_owned),
            tags,
            location,
            freshness,
            made_at,
            durable_at: 0,
            purged_at: 0,
        };
        Ok(Verdict::Answer(Whole {
            kept,
            body: match coding {
                Coding::None => Bytes::default(),
                _ => self.body,
            },
        }))
    }

    /// Judges an answer that is passed on as it is: its body's coding, or why it can't be. `own_words` are the statuses
    /// that are the origin's own word on the question.
    pub fn passable(&self, own_words: &[u16]) -> Result<Coding, Trouble> {
        // Without a challenge, a 401 is about the edge's own key, and nothing that the client could mend.
        let is_challenge = self.status != 401 || self.fields.get("www-authenticate").is_some();
        if own_words.contains(&self.status) && is_challenge {
            self.json()
        } else {
            Err(self.trouble())
        }
    }

    /// Judges a page likewise. The policy for its browser is the witness that it is the origin's own, and not of what
    /// stands in between.
    pub fn showable(&self, own_words: &[u16]) -> Result<Coding, Trouble> {
        let is_own = self.has_type("text/html") && self.fields.get(POLICY).is_some();
        if !own_words.contains(&self.status) || !is_own {
            return Err(self.trouble());
        }
        if self.status == 301 {
            self.location_of_page()?;
        }
        // Whatever isn't gzip is text.
        Ok(match Coding::of(&self.body) {
            Some(Coding::Gzip) => Coding::Gzip,
            _ => Coding::Identity,
        })
    }

    /// Whether the origin itself says that it can't answer this, in its own form: for want of a setting, or of what lies
    /// behind it. It is there, and may well answer something else.
    pub fn is_own_trouble(&self) -> bool {
        let is_own_form = self.json().is_ok() || self.fields.get(POLICY).is_some();
        self.status == 503 && self.retry_after().is_some() && is_own_form
    }

    /// Seconds after which the origin wants to be asked again.
    pub fn retry_after(&self) -> Option<u64> {
        self.fields
            .number("retry-after")
            .filter(|seconds| (1..=MAX_RETRY_AFTER).contains(seconds))
    }

    /// How the body is coded, if it is JSON by its first bytes.
    pub fn coding(&self) -> Option<Coding> {
        Coding::of(&self.body)
    }

    /// What the last character of the whole body is, by its media type: JSON's objects and arrays, or HTML's tags.
    pub fn ends(&self) -> &'static [u8] {
        if self.has_type("text/html") {
            b">"
        } else {
            b"}]"
        }
    }

    /// Where a redirect leads: to another path of ours, and nowhere else.
    fn location(&self) -> Result<&str, Trouble> {
        let location = self.fields.get("location").ok_or(Trouble::Malformed)?;
        is_own_path(location)
            .then_some(location)
            .ok_or(Trouble::Malformed)
    }

    /// The same of a page, whose query holds what its reader chose.
    fn location_of_page(&self) -> Result<&str, Trouble> {
        let location = self.fields.get("location").ok_or(Trouble::Malformed)?;
        let (path, query) = location.split_once('?').unwrap_or((location, ""));
        let is_plain = query.len() <= 512
            && query
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"=&._~-".contains(&byte));
        (is_own_path(path) && is_plain)
            .then_some(location)
            .ok_or(Trouble::Malformed)
    }

    /// The origin's own members of `Cache-Status`.
    pub fn cache_status(&self) -> Option<String> {
        self.fields.get(CACHE_STATUS).map(str::to_owned)
    }

    /// The coding of the body if it is JSON by its media type and its first bytes.
    fn json(&self) -> Result<Coding, Trouble> {
        if !self.has_type("application/json") {
            return Err(Trouble::Malformed);
        }
        Coding::of(&self.body).ok_or(Trouble::Malformed)
    }

    fn has_type(&self, wanted: &str) -> bool {
        self.fields
            .get("content-type")
            .is_some_and(|media_type| essence(media_type).eq_ignore_ascii_case(wanted))
    }

    fn trouble(&self) -> Trouble {
        match self.status {
            429 | 500..=599 => Trouble::Failed {
                retry_after: self.retry_after(),
            },
            _ => Trouble::Malformed,
        }
    }
}

fn freshness(fields: &Fields) -> Option<Freshness> {
    let fresh_until = fields.number(FRESH_UNTIL)?;
    let freshness = Freshness {
        fresh_until,
        // The origin's own answers are fresh for longer than it lets them be here, and its time in trouble begins then.
        stale_until: fields
            .number(STALE_UNTIL)?
            .min(fresh_until.saturating_add(LONGEST_IN_TROUBLE)),
    };
    (freshness.fresh_until <= freshness.stale_until).then_some(freshness)
}

/// Whether a redirect's path stays on this host.
fn is_own_path(path: &str) -> bool {
    (1..=512).contains(&path.len())
        && !path.starts_with("//")
        && path
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/._~-".contains(&byte))
}

/// Whether the text has an entity tag's form, `"…"` or `W/"…"`, with nothing inside that a list of tags or the header
/// of a copy could stumble over.
fn is_etag(text: &str) -> bool {
    text.strip_prefix("W/")
        .unwrap_or(text)
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .is_some_and(|tag| !tag.contains(['"', ',', ' ']))
}

#[cfg(test)]
mod tests;
