//! Where things are.

use std::path::{Path, PathBuf};

/// The checkout's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("this crate lies two folders deep in the checkout")
}

/// Where tools and prepared databases are kept, for all checkouts: `LINERNOTES_DEV_CACHE`, else a folder of the user's.
///
/// For root it is one that other users can enter: PostgreSQL refuses to run as root, so another user reads from it.
pub fn cache_dir() -> PathBuf {
    let named = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty());
    if let Some(folder) = named("LINERNOTES_DEV_CACHE") {
        return PathBuf::from(folder);
    }
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/cache/linernotes");
    }
    let caches = named("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| named("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(std::env::temp_dir);
    caches.join("linernotes")
}

/// The running system's data, ignored by git.
pub fn data_dir() -> PathBuf {
    root().join(".linernotes")
}

/// The folder that Cargo builds into, as Cargo itself was told.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || root().join("target"),
        |folder| {
            // A relative folder is relative to where Cargo runs, which is the root here.
            root().join(folder)
        },
    )
}
