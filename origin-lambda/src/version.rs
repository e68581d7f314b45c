//! Which build this is.

/// The version.
pub const NUMBER: &str = env!("CARGO_PKG_VERSION");

/// The branch it was built from.
pub const BRANCH: &str = match option_env!("LINERNOTES_BRANCH") {
    Some(branch) => branch,
    None => "main",
};

/// The commit it was built from.
pub const COMMIT: &str = match option_env!("LINERNOTES_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};
