use std::time::Duration;

use reqwest::StatusCode;

/// Why a provider said nothing. No message holds a URL, a header or a body: keys stand in the first two, and a provider
/// may repeat them in the third.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// No connection, or one that broke off.
    #[error("{provider} can't be reached, or broke off")]
    Unreachable {
        /// Who.
        provider: &'static str,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// No whole answer in the time it has.
    #[error("{provider} takes too long")]
    Slow {
        /// Who.
        provider: &'static str,
    },
    /// It failed, or refused for a reason of its own.
    #[error("{provider} answers with status {status}")]
    Status {
        /// Who.
        provider: &'static str,
        /// HTTP status.
        status: StatusCode,
    },
    /// It doesn't take our key, or us.
    #[error("{provider} refuses us with status {status}: see that its key is right")]
    Refused {
        /// Who.
        provider: &'static str,
        /// HTTP status.
        status: StatusCode,
    },
    /// Its answer is longer than any that is sensible.
    #[error("{provider} answers with more than {most} bytes")]
    TooLong {
        /// Who.
        provider: &'static str,
        /// Most bytes that are read.
        most: usize,
    },
    /// Its answer is a web page.
    #[error("{provider} answers with HTML instead of JSON")]
    Html {
        /// Who.
        provider: &'static str,
    },
    /// Its answer isn't the JSON that it documents.
    #[error("{provider} answers with other JSON than documented (line {line}, column {column})")]
    Malformed {
        /// Who.
        provider: &'static str,
        /// Where in the answer.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// Its answer lacks what it should hold: its form may have changed.
    #[error("{provider} answers without what was asked for")]
    Empty {
        /// Who.
        provider: &'static str,
    },
    /// It asked to be left alone.
    #[error("{provider} wants to be left alone for another {} s", wait.as_secs())]
    Paused {
        /// Who.
        provider: &'static str,
        /// For how long still.
        wait: Duration,
    },
    /// It failed again and again, and is left alone for a while.
    #[error("{provider} keeps failing and isn't asked for another {} s", wait.as_secs())]
    BreakerOpen {
        /// Who.
        provider: &'static str,
        /// For how long still.
        wait: Duration,
    },
    /// It has been asked as often as it allows.
    #[error("{provider} has been asked as often as it allows")]
    OverLimit {
        /// Who.
        provider: &'static str,
        /// For how long it may not be asked still.
        wait: Duration,
    },
    /// As many others as it allows ask at the same time.
    #[error("{provider} is asked by too many at once")]
    Busy {
        /// Who.
        provider: &'static str,
    },
    /// The address isn't one of its own.
    #[error("{provider} isn't at that address")]
    Foreign {
        /// Who.
        provider: &'static str,
    },
}

impl ProviderError {
    /// What it is, in a word: of a closed list, for figures.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::Slow { .. } => "slow",
            Self::Status { .. } => "status",
            Self::Refused { .. } => "refused",
            Self::TooLong { .. } => "too-long",
            Self::Html { .. } => "html",
            Self::Malformed { .. } => "malformed",
            Self::Empty { .. } => "empty",
            Self::Paused { .. } => "paused",
            Self::BreakerOpen { .. } => "breaker-open",
            Self::OverLimit { .. } => "over-limit",
            Self::Busy { .. } => "busy",
            Self::Foreign { .. } => "foreign",
        }
    }

    /// Whether the provider was left alone, rather than asked in vain: nothing that is worth a line in the log each time.
    pub const fn is_restraint(&self) -> bool {
        matches!(
            self,
            Self::Paused { .. }
                | Self::BreakerOpen { .. }
                | Self::OverLimit { .. }
                | Self::Busy { .. }
        )
    }
}
