use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::Secret;
use crate::network::is_local;

/// Spotify: names of what Lidarr's Spotify lists hold, and the sign-in of their users.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spotify {
    /// Id of the application at Spotify.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// The service's own `/spotify/auth`, as it is registered with the application. Without one there is no sign-in.
    pub redirect_uri: Option<String>,
    /// Where users may be sent with their tokens: the origins of their Lidarrs, e.g. `http://192.168.1.5:8686`.
    pub callbacks: Vec<String>,
    /// The country whose top tracks tell an artist, as two letters.
    pub market: String,
    /// Seconds for which a match by names is believed.
    pub found_seconds: u64,
    /// Seconds for which it is believed that nothing matches.
    pub unmatched_seconds: u64,
}

impl Default for Spotify {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            client_id: None,
            client_secret: None,
            redirect_uri: None,
            callbacks: Vec::new(),
            market: "US".to_owned(),
            found_seconds: 30 * DAY,
            unmatched_seconds: DAY,
        }
    }
}

impl Spotify {
    /// The application's id and secret. Empty ones count as none: that is how some set-ups leave a variable out.
    pub fn credentials(&self) -> Option<(&str, &Secret)> {
        let id = self.client_id.as_deref().filter(|id| !id.is_empty())?;
        let secret = self.client_secret.as_ref()?;
        (!secret.reveal().is_empty()).then_some((id, secret))
    }

    /// The service's own `/spotify/auth`.
    pub fn redirect_uri(&self) -> Option<&str> {
        self.redirect_uri.as_deref().filter(|uri| !uri.is_empty())
    }

    /// The page of Lidarr's that an address names, if users may be sent there with their tokens: `/oauth.html`, maybe in
    /// a folder, on one of the [`callbacks`](Self::callbacks), of which scheme, host and port must be the very same.
    pub fn callback(&self, address: &str) -> Option<Url> {
        const PAGE: &str = "/oauth.html";
        let url = Url::parse(address).ok()?;
        // What browsers take for a slash, others take for a part of a name.
        let is_plain = !address.contains('\\')
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let is_allowed = self
            .callbacks
            .iter()
            .filter_map(|callback| Url::parse(callback).ok())
            .any(|callback| callback.origin() == url.origin());
        (is_plain && is_allowed && url.path().ends_with(PAGE)).then_some(url)
    }

    /// What can't be used, each with its variable's name.
    pub(super) fn problems(&self) -> Vec<&'static str> {
        let mut problems = Vec::new();
        let is_given = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        let has_id = is_given(self.client_id.as_deref());
        let has_secret = is_given(self.client_secret.as_ref().map(Secret::reveal));
        if has_id && !has_secret {
            problems.push("LINERNOTES_SPOTIFY__CLIENT_SECRET: needed along with LINERNOTES_SPOTIFY__CLIENT_ID");
        }
        if has_secret && !has_id {
            problems.push("LINERNOTES_SPOTIFY__CLIENT_ID: needed along with LINERNOTES_SPOTIFY__CLIENT_SECRET");
        }
        if self.redirect_uri().is_some_and(|uri| !is_plain(uri)) {
            problems.push("LINERNOTES_SPOTIFY__REDIRECT_URI: must be an http:// or https:// URL without user, password, query and fragment");
        }
        if !self.callbacks.iter().all(|callback| is_callback(callback)) {
            problems.push(
                "LINERNOTES_SPOTIFY__CALLBACKS: must be a list [a,b] of origins such as https://lidarr.example.org, or http:// with a name or address of this machine or the local network, without path",
            );
        }
        let is_country =
            self.market.len() == 2 && self.market.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_country {
            problems.push(
                "LINERNOTES_SPOTIFY__MARKET: must be a country's two capital letters, e.g. US",
            );
        }
        problems
    }
}

fn is_plain(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    })
}

/// Tokens go over the internet encrypted or not at all.
fn is_callback(text: &str) -> bool {
    is_plain(text)
        && Url::parse(text).is_ok_and(|url| {
            url.path() == "/"
                && (url.scheme() == "https" || url.host().is_some_and(|host| is_near(&host)))
        })
}

/// Whether a host is this machine, or in the local network by its address or its kind of name.
fn is_near(host: &Host<&str>) -> bool {
    const LOCAL: [&str; 5] = [".home.arpa", ".internal", ".lan", ".local", ".localhost"];
    match host {
        // A name without dots is one of a local network, or of another container.
        Host::Domain(name) => !name.contains('.') || LOCAL.iter().any(|end| name.ends_with(end)),
        Host::Ipv4(address) => is_local(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_local(IpAddr::V6(*address)),
    }
}

#[cfg(test)]
mod tests {
    use super::Spotify;

    fn with_callbacks(callbacks: &[&str]) -> Spotify {
        Spotify {
            callbacks: callbacks.iter().map(|text| (*text).to_owned()).collect(),
            ..Spotify::default()
        }
    }

    #[test]
    fn tokens_go_to_the_very_origins_that_are_set() {
        let spotify = with_callbacks(&["https://lidarr.example.org", "http://192.168.1.5:8686"]);
        for allowed in [
            "https://lidarr.example.org/oauth.html",
            "https://lidarr.example.org:443/lidarr/oauth.html",
            "HTTPS://LIDARR.example.org/oauth.html",
            "http://192.168.1.5:8686/oauth.html",
        ] {
            assert!(spotify.callback(allowed).is_some(), "{allowed}");
        }
        for refused in [
            "",
            "/oauth.html",
            "//lidarr.example.org/oauth.html",
            "http://lidarr.example.org/oauth.html",
            "https://lidarr.example.org:8443/oauth.html",
            "https://lidarr.example.org.evil.com/oauth.html",
            "https://evil.com/lidarr.example.org/oauth.html",
            "https://evil.com/?https://lidarr.example.org/oauth.html",
            "https://evil.com#/oauth.html",
            "https://lidarr.example.org@evil.com/oauth.html",
            "https://user@lidarr.example.org/oauth.html",
            "https://lidarr.example.org\\@evil.com/oauth.html",
            "https://lidarr.example.org/oauth.html?next=https://evil.com/oauth.html",
            "https://lidarr.example.org/oauth.html#x",
            "https://lidarr.example.org/",
            "https://lidarr.example.org/oauth.html/x",
            "https://sub.lidarr.example.org/oauth.html",
            "http://192.168.1.5/oauth.html",
            "javascript:alert(1)//oauth.html",
            "data:text/html,/oauth.html",
        ] {
            assert_eq!(spotify.callback(refused), None, "{refused}");
        }
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        assert_eq!(
            Spotify::default().callback("http://localhost:8686/oauth.html"),
            None
        );
    }

    #[test]
    fn without_tls_a_callback_must_be_near() {
        for usable in [
            "https://lidarr.example.org",
            "https://lidarr.example.org/",
            "http://localhost:8686",
            "http://127.0.0.1:8686",
            "http://[::1]:8686",
            "http://10.1.2.3",
            "http://[fd00::1]:8686",
            "http://lidarr",
            "http://lidarr.lan:8686",
        ] {
            assert_eq!(
                with_callbacks(&[usable]).problems(),
                Vec::<&str>::new(),
                "{usable}"
            );
        }
        for unusable in [
            "",
            "lidarr.example.org",
            "http://lidarr.example.org",
            "http://8.8.8.8:8686",
            "https://lidarr.example.org/lidarr",
            "https://user@lidarr.example.org",
            "ftp://lidarr.lan",
        ] {
            assert_eq!(
                with_callbacks(&[unusable]).problems().len(),
                1,
                "{unusable}"
            );
        }
    }
}
