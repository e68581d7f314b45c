//! What a build for release says of where it comes from: its commit.

use std::process::Command;

use crate::checkout;
use crate::process::output_of;

/// The variable by which a build is told its commit.
const COMMIT: &str = "LINERNOTES_COMMIT";

/// The environment of a build for release: the commit, `-changed` if files differ from it. Nothing where there is no git, or
/// where somebody says it already.
pub(super) fn of_build() -> Option<(&'static str, String)> {
    if std::env::var_os(COMMIT).is_some_and(|commit| !commit.is_empty()) {
        return None;
    }
    let git = |arguments: &[&str]| {
        output_of(
            Command::new("git")
                .args(arguments)
                .current_dir(checkout::root()),
        )
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changes = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let mark = if changes.is_empty() { "" } else { "-changed" };
    Some((COMMIT, format!("{commit}{mark}")))
}
