//! Where a page's pictures come from.

use maud::{Markup, html};

use linernotes_shared::Mbid;
use linernotes_shared::images::{PATH, Source};

/// Hosts that the art hosts send on to.
const FURTHER: &str = "https://archive.org https://*.archive.org https://www.theaudiodb.com";

/// Pictures' addresses: through the service, if it serves them, or from where they are.
#[derive(Clone, Debug, Default)]
pub struct Pictures {
    public: Option<String>,
}

impl Pictures {
    /// Through the service at that address, if any.
    pub fn new(public_url: Option<&str>) -> Self {
        let public = public_url.map(|url| url.trim_end_matches('/').to_owned());
        Self {
            public: public.filter(|url| !url.is_empty()),
        }
    }

    /// The sources of a page's policy.
    pub(super) fn sources(&self) -> String {
        let mut sources = "'self'".to_owned();
        if let Some(origin) = self.public.as_deref().and_then(origin) {
            sources = format!("{sources} {origin}");
        }
        for source in Source::ALL {
            sources = format!("{sources} https://{}", source.host());
        }
        format!("{sources} {FURTHER}")
    }

    /// A small cover of a release group, as the Cover Art Archive chooses it.
    fn cover(&self, album: Mbid) -> String {
        let source = Source::CoverArtArchive;
        let path = format!("release-group/{album}/front-250");
        match &self.public {
            Some(public) => format!("{public}{PATH}{source}/{path}"),
            None => format!("https://{}/{path}", source.host()),
        }
    }

    /// An album's cover in a list. Whether there is one shows only when the browser asks for it.
    pub(super) fn listed(&self, album: Mbid, title: &str) -> Markup {
        html! {
            span.pic { img src=(self.cover(album)) alt={ "Cover of " (title) } width="54" height="54" loading="lazy" decoding="async"; }
        }
    }
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> Option<String> {
    let origin = url::Url::parse(url).ok()?.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// A picture that is known, or its placeholder.
pub(super) fn picture(url: Option<&str>, alt: &str, is_big: bool) -> Markup {
    let (size, class) = if is_big {
        ("144", "pic big")
    } else {
        ("80", "pic")
    };
    html! {
        span class=(class) {
            @if let Some(url) = url {
                img src=(smaller(url)) alt=(alt) width=(size) height=(size) loading="lazy" decoding="async";
            }
        }
    }
}

/// The archive makes smaller copies, which a page needn't scale down itself.
fn smaller(url: &str) -> String {
    let is_of_the_archive =
        url.contains("coverartarchive.org/") || url.contains("/cover-art-archive/");
    if is_of_the_archive {
        url.replace("-1200.", "-500.")
    } else {
        url.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_from_the_service_if_it_has_an_address_and_else_from_where_they_are() {
        let album: Mbid = "4c4eee61-da1e-4115-8eb9-07e5b671fefe".parse().unwrap();
        let through = Pictures::new(Some("https://music.example/api/"));
        assert_eq!(
            through.cover(album),
            "https://music.example/api/images/cover-art-archive/release-group/4c4eee61-da1e-4115-8eb9-07e5b671fefe/front-250"
        );
        assert!(
            through
                .sources()
                .starts_with("'self' https://music.example https://assets.fanart.tv ")
        );
        for none in [None, Some("")] {
            assert_eq!(
                Pictures::new(none).cover(album),
                "https://coverartarchive.org/release-group/4c4eee61-da1e-4115-8eb9-07e5b671fefe/front-250"
            );
        }
        assert_eq!(
            smaller("https://coverartarchive.org/release/x/1-1200.jpg"),
            "https://coverartarchive.org/release/x/1-500.jpg"
        );
        assert_eq!(
            smaller("https://a.example/1-1200.jpg"),
            "https://a.example/1-1200.jpg"
        );
    }
}
