use super::API_PREFIX;

/// Why a request has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The path belongs to no route.
    #[error("path: no such route")]
    UnknownRoute,
    /// The path belongs to no route, but ends as one that Lidarr asks for: what stands before it is wrong, such as another
    /// version of the API or a proxy's own prefix. Lidarr deletes what a 404 answers, so this one is a 400
    /// (docs/contract.md).
    #[error("path: no such route; routes start at {API_PREFIX}/")]
    WrongPrefix,
    /// The path names no chart that is served.
    #[error("chart: must be one of {known}")]
    UnknownChart {
        /// The charts that are, in words.
        known: &'static str,
    },
    /// The route exists, but not with this method.
    #[error("method: must be {allowed}")]
    MethodNotAllowed {
        /// The value of the answer's `Allow` header.
        allowed: &'static str,
    },
    /// A field of the path or query breaks its rule.
    #[error("{field}: {rule}")]
    Invalid {
        /// The path segment's or query parameter's name.
        field: &'static str,
        /// The rule, as a sentence fragment after the field's name.
        rule: String,
    },
}

impl RequestError {
    /// The HTTP status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::UnknownRoute | Self::UnknownChart { .. } => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::WrongPrefix | Self::Invalid { .. } => 400,
        }
    }
}
