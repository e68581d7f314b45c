use std::fmt;

use serde::Serialize;

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    verdict: Verdict,
    what: String,
    #[serde(rename = "fix")]
    remedy: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warning,
    Broken,
}

impl Finding {
    pub(super) fn ok(what: String) -> Self {
        Self {
            verdict: Verdict::Ok,
            what,
            remedy: None,
        }
    }

    pub(super) fn warning(what: String, remedy: &'static str) -> Self {
        Self {
            verdict: Verdict::Warning,
            what,
            remedy: Some(remedy),
        }
    }

    /// Something that keeps answers from being built.
    pub fn broken(what: String, remedy: &'static str) -> Self {
        Self {
            verdict: Verdict::Broken,
            what,
            remedy: Some(remedy),
        }
    }

    /// Whether it keeps answers from being built.
    pub fn is_broken(&self) -> bool {
        self.verdict == Verdict::Broken
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Broken => "broken",
        };
        write!(f, "{verdict:<8} {}", self.what)?;
        match self.remedy {
            Some(remedy) => write!(f, "\n         → {remedy}"),
            None => Ok(()),
        }
    }
}
