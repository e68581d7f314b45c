/// Why a request has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The path belongs to no route.
    #[error("path: no such route")]
    UnknownRoute,
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
            Self::Invalid { .. } => 400,
        }
    }
}
