//! Pages for people: how the service is, what it has of artists and albums, and why an album isn't in a library.
//!
//! They are made of kept answers ([`reading`]), so what they show is what Lidarr gets. Each is a module: [`status`],
//! [`search`], [`artist`], [`album`], [`missing`]. They are plain HTML and need no script; [`layout`] frames them. Whatever
//! a page shows of others' text is escaped by `maud`.

mod album;
mod artist;
mod chosen;
mod front;
mod headline;
mod kept;
mod layout;
mod missing;
mod notice;
mod pictures;
mod profile;
mod reading;
mod search;
mod status;
mod verdict;
mod words;

use std::sync::Arc;

use linernotes_shared::request::Page;

pub use pictures::Pictures;

use crate::service::Service;

/// A page, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Html {
    /// HTTP status.
    pub status: u16,
    /// The document; empty for a redirect.
    pub body: String,
    /// Where a redirect leads: a path of ours, with the profile that was chosen.
    pub location: Option<String>,
}

impl Html {
    fn with(status: u16, body: String) -> Self {
        Self {
            status,
            body,
            location: None,
        }
    }

    fn ok(body: String) -> Self {
        Self::with(200, body)
    }

    /// What was asked for has another address, where the reader's choices hold as before.
    fn moved(page: &Page) -> Self {
        Self {
            status: 301,
            body: String::new(),
            location: Some(page.canonical_path()),
        }
    }
}

/// The front page: always there, whatever the trouble.
pub async fn front(service: &Service) -> Html {
    Html::ok(front::page(
        &status::look(service).await,
        crate::cache::now(),
    ))
}

/// Any other page.
pub async fn page(service: &Arc<Service>, page: &Page) -> Html {
    match page {
        Page::Search(text) => search::page(service, text).await,
        Page::Artist(mbid, profile) => artist::page(service, *mbid, *profile).await,
        Page::Album(mbid, profile) => album::page(service, *mbid, *profile).await,
        Page::Missing(mbid, profile) => missing::page(service, *mbid, *profile).await,
    }
}

/// A request that can't be answered, and the rule it breaks.
pub fn refused(status: u16, rule: &str) -> Html {
    notice::refused(status, rule)
}

/// What a page's browser may do.
pub fn policy(pictures: &Pictures) -> String {
    layout::policy(pictures)
}
