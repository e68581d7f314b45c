use std::fmt;

/// Why a cache asked the next server instead of answering itself (RFC 9211 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forward {
    /// Nothing was stored for the key.
    Miss,
    /// What was stored is no longer fresh.
    Stale,
    /// The request isn't one that caches answer.
    Bypass,
}

impl Forward {
    const fn name(self) -> &'static str {
        match self {
            Self::Miss => "miss",
            Self::Stale => "stale",
            Self::Bypass => "bypass",
        }
    }
}

/// One cache's member of the `Cache-Status` header (RFC 9211).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheStatus {
    cache: &'static str,
    outcome: Outcome,
    detail: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Hit {
        ttl: i64,
    },
    Forwarded {
        why: Forward,
        stored: bool,
        collapsed: bool,
    },
}

impl CacheStatus {
    /// `cache` answered from what it had; `ttl` is the freshness left in seconds, negative when stale.
    pub const fn hit(cache: &'static str, ttl: i64) -> Self {
        Self {
            cache,
            outcome: Outcome::Hit { ttl },
            detail: None,
        }
    }

    /// `cache` asked the next server.
    pub const fn forwarded(cache: &'static str, why: Forward) -> Self {
        Self {
            cache,
            outcome: Outcome::Forwarded {
                why,
                stored: false,
                collapsed: false,
            },
            detail: None,
        }
    }

    /// Notes that the answer was stored.
    pub const fn stored(mut self, is_stored: bool) -> Self {
        if let Outcome::Forwarded { stored, .. } = &mut self.outcome {
            *stored = is_stored;
        }
        self
    }

    /// Notes that the answer came from a request already under way for the same key.
    pub const fn collapsed(mut self, is_collapsed: bool) -> Self {
        if let Outcome::Forwarded { collapsed, .. } = &mut self.outcome {
            *collapsed = is_collapsed;
        }
        self
    }

    /// Adds a word for operators.
    pub const fn detail(mut self, detail: &'static str) -> Self {
        self.detail = Some(detail);
        self
    }
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cache)?;
        match &self.outcome {
            Outcome::Hit { ttl } => write!(f, "; hit; ttl={ttl}")?,
            Outcome::Forwarded {
                why,
                stored,
                collapsed,
            } => {
                write!(f, "; fwd={}", why.name())?;
                if *stored {
                    f.write_str("; stored")?;
                }
                if *collapsed {
                    f.write_str("; collapsed")?;
                }
            }
        }
        match self.detail {
            Some(detail) => write!(f, "; detail={detail}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_read_as_rfc_9211_writes_them() {
        assert_eq!(
            CacheStatus::hit("linernotes-edge", 42).to_string(),
            "linernotes-edge; hit; ttl=42"
        );
        assert_eq!(
            CacheStatus::hit("linernotes-edge", -3)
                .detail("origin-error")
                .to_string(),
            "linernotes-edge; hit; ttl=-3; detail=origin-error"
        );
        assert_eq!(
            CacheStatus::forwarded("linernotes-origin", Forward::Miss)
                .stored(true)
                .collapsed(true)
                .to_string(),
            "linernotes-origin; fwd=miss; stored; collapsed"
        );
    }
}
