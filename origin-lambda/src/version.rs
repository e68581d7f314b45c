//! Which build this is.

/// The version.
pub const NUMBER: &str = env!("CARGO_PKG_VERSION");

/// The branch it was built from.
pub const BRANCH: &str = told(option_env!("LINERNOTES_BRANCH"), "main");

/// The commit it was built from.
pub const COMMIT: &str = told(option_env!("LINERNOTES_COMMIT"), "unknown");

/// An empty text tells nothing: that is how some builds leave it out.
const fn told(text: Option<&'static str>, otherwise: &'static str) -> &'static str {
    match text {
        Some(text) if !text.is_empty() => text,
        _ => otherwise,
    }
}
