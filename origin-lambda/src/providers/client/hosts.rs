use reqwest::Url;

use crate::network::is_here;

/// Where a provider may be asked, and whither it may redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// The servers that the settings name.
    servers: Vec<Url>,
    /// Names under which it has others, e.g. `wikipedia.org` for `en.wikipedia.org`; https only.
    names: &'static [&'static str],
}

impl Hosts {
    /// The servers of URLs, and whatever is under these names.
    pub fn new(servers: Vec<Url>, names: &'static [&'static str]) -> Self {
        Self { servers, names }
    }

    /// Whether it has that address: the same server, the same with TLS, or one of its names with TLS.
    pub(super) fn include(&self, url: &Url) -> bool {
        let is_safe = url.scheme() == "https" && url.port_or_known_default() == Some(443);
        let is_server = |server: &Url| {
            let same_host = server.host() == url.host();
            same_host && (server.origin() == url.origin() || is_safe)
        };
        let is_under = |name: &&str| {
            url.domain().is_some_and(|host| {
                host == *name
                    || host
                        .strip_suffix(*name)
                        .is_some_and(|rest| rest.ends_with('.'))
            })
        };
        url.username().is_empty()
            && url.password().is_none()
            && (self.servers.iter().any(is_server) || is_safe && self.names.iter().any(is_under))
    }

    /// Whether one of its servers is this machine: a stub, or a proxy of the operator's.
    pub(super) fn are_here(&self) -> bool {
        self.servers.iter().any(is_here)
    }
}

#[cfg(test)]
mod tests {
    use super::Hosts;

    fn url(text: &str) -> reqwest::Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_provider_is_asked_at_its_own_addresses_alone() {
        let hosts = Hosts::new(
            vec![url("http://127.0.0.1:99/x"), url("https://api.example.com")],
            &["example.org"],
        );
        for own in [
            "http://127.0.0.1:99/y",
            "https://api.example.com/y?z",
            "https://example.org/",
            "https://en.example.org/",
        ] {
            assert!(hosts.include(&url(own)), "{own}");
        }
        for foreign in [
            "http://127.0.0.1:98/",
            "http://api.example.com/",
            "https://example.com/",
            "https://api.example.com:8443/",
            "http://en.example.org/",
            "https://en.example.org.evil.com/",
            "https://evilexample.org/",
            "https://user@example.org/",
            "http://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
        ] {
            assert!(!hosts.include(&url(foreign)), "{foreign}");
        }
    }
}
