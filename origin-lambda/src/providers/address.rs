//! Where Lidarr downloads a picture.

use linernotes_shared::images;
use linernotes_shared::wire::Image;
use url::Url;

use super::record::Picture;

/// Gives pictures their addresses: their own, or those under which the service serves them.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    /// The service's own address, without a slash at its end.
    public: Option<String>,
}

impl Addresses {
    /// Through the service at that address, if any.
    pub(super) fn new(public_url: Option<&str>) -> Self {
        let public = public_url.map(|url| url.trim_end_matches('/').to_owned());
        Self {
            public: public.filter(|url| !url.is_empty()),
        }
    }

    /// A picture as answers have it; `None` if Lidarr couldn't use it. The same picture always has the same address.
    pub(super) fn image(&self, picture: Picture) -> Option<Image> {
        let own = usable(&picture.url)?;
        let url = match &self.public {
            Some(public) => served(&own).map(|path| format!("{public}{path}")),
            None => None,
        };
        let remote_url = String::from(own);
        Some(Image {
            cover_type: picture.cover_type.name(),
            url: url.unwrap_or_else(|| remote_url.clone()),
            remote_url,
        })
    }
}

/// A picture's URL with TLS, if its path ends in a file extension that Lidarr knows: it takes the file's from it, and a
/// query would become part of that.
fn usable(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    if url.scheme() == "http" {
        url.set_scheme("https").ok()?;
    }
    let path = url.path().to_ascii_lowercase();
    let is_picture = [".jpg", ".png"].iter().any(|end| path.ends_with(end));
    let is_plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    (url.scheme() == "https" && is_picture && is_plain && url.domain().is_some()).then_some(url)
}

/// The path under which the edge serves a picture; `None` if it doesn't.
fn served(url: &Url) -> Option<String> {
    let host = url.domain()?;
    let source = images::Source::ALL
        .into_iter()
        .find(|source| source.owns(host))?;
    let path = url.path().trim_start_matches('/');
    let picture = images::Picture::parse(&format!("{source}/{path}")).ok()?;
    Some(picture.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::record::CoverType;

    fn url(public: Option<&str>, url: &str) -> Option<(String, String)> {
        let picture = Picture {
            cover_type: CoverType::Poster,
            url: url.to_owned(),
        };
        let image = Addresses::new(public).image(picture)?;
        Some((image.url, image.remote_url))
    }

    #[test]
    fn a_picture_is_downloaded_from_where_it_is_with_tls() {
        let https = "https://assets.fanart.tv/fanart/music/x/artistthumb/y.jpg";
        let expected = Some((https.to_owned(), https.to_owned()));
        assert_eq!(url(None, https), expected);
        assert_eq!(url(None, &https.replace("https", "http")), expected);
    }

    #[test]
    fn a_picture_is_downloaded_through_the_service_if_that_is_set() {
        for (remote, served) in [
            (
                "https://assets.fanart.tv/fanart/music/x/artistthumb/y.jpg",
                "https://linernotes.example/api/images/fanart/fanart/music/x/artistthumb/y.jpg",
            ),
            (
                "https://www.theaudiodb.com/images/media/artist/logo/x.png",
                "https://linernotes.example/api/images/the-audio-db/images/media/artist/logo/x.png",
            ),
            (
                "https://coverartarchive.org/release/x/1-1200.jpg",
                "https://linernotes.example/api/images/cover-art-archive/release/x/1-1200.jpg",
            ),
            // The edge serves no others, nor such paths.
            ("https://example.org/x.jpg", "https://example.org/x.jpg"),
            (
                "https://assets.fanart.tv/a%20b.jpg",
                "https://assets.fanart.tv/a%20b.jpg",
            ),
        ] {
            assert_eq!(
                url(Some("https://linernotes.example/api/"), remote),
                Some((served.to_owned(), remote.to_owned()))
            );
        }
    }

    #[test]
    fn what_lidarr_cant_use_is_left_out() {
        for text in [
            "",
            "/x.jpg",
            "https://assets.fanart.tv/x",
            "https://assets.fanart.tv/x.gif",
            "https://assets.fanart.tv/x.jpg?size=large",
            "https://user@assets.fanart.tv/x.jpg",
            "https://127.0.0.1/x.jpg",
            "ftp://assets.fanart.tv/x.jpg",
            "javascript:alert(1)//x.jpg",
        ] {
            assert_eq!(url(None, text), None, "{text}");
        }
    }
}
