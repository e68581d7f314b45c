use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Secret;

/// Whose copies are purged when an answer changes. Without any of it, copies live as long as they may.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Purge {
    /// The edge's address, e.g. `https://lidarr.example.org`, to purge by its own route.
    pub edge_url: Option<String>,
    /// The key of that route.
    pub edge_key: Option<Secret>,
    /// Tags in one call to that route, 1 to 99. On Cloudflare's free plan a call may cause 50 others, which 10 tags stay
    /// below; on a paid one, 99 are fewer calls.
    pub edge_tags: usize,
    /// Cloudflare's id of the zone that the edge is in, to purge its cache.
    pub cloudflare_zone: Option<String>,
    /// A token of Cloudflare's that may purge this zone's cache, and nothing else.
    pub cloudflare_token: Option<Secret>,
    /// The address of Cloudflare's API.
    pub cloudflare_url: String,
    /// Under which addresses the edge serves: for zones that can't be purged by tag.
    pub public_urls: Vec<String>,
}

impl Default for Purge {
    fn default() -> Self {
        Self {
            edge_url: None,
            edge_key: None,
            edge_tags: 10,
            cloudflare_zone: None,
            cloudflare_token: None,
            cloudflare_url: "https://api.cloudflare.com/client/v4".to_owned(),
            public_urls: Vec::new(),
        }
    }
}

impl Purge {
    /// The edge to purge, if there is one.
    pub fn edge(&self) -> Option<(Url, &Secret)> {
        let url = self.edge_url.as_deref().and_then(server)?;
        Some((url, self.edge_key.as_ref()?))
    }

    /// The API of the zone to purge, if there is one.
    pub fn cloudflare(&self) -> Option<(Url, &str, &Secret)> {
        let url = server(&self.cloudflare_url)?;
        Some((
            url,
            self.cloudflare_zone.as_deref()?,
            self.cloudflare_token.as_ref()?,
        ))
    }

    /// What can't be used, each with its variable's name.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut see = |is_wrong: bool, problem: &str| {
            if is_wrong {
                problems.push(format!("LINERNOTES_PURGE__{problem}"));
            }
        };
        let is_wrong =
            |url: &Option<String>| url.as_deref().is_some_and(|url| server(url).is_none());
        see(
            is_wrong(&self.edge_url),
            "EDGE_URL: must be an http:// or https:// URL without user or password",
        );
        see(
            self.edge_url.is_some() && self.edge_key.is_none(),
            "EDGE_KEY: needed with LINERNOTES_PURGE__EDGE_URL",
        );
        see(
            !(1..=99).contains(&self.edge_tags),
            "EDGE_TAGS: must be 1 to 99",
        );
        see(
            server(&self.cloudflare_url).is_none(),
            "CLOUDFLARE_URL: must be an http:// or https:// URL without user or password",
        );
        see(
            self.cloudflare_zone.is_some() != self.cloudflare_token.is_some(),
            "CLOUDFLARE_ZONE and CLOUDFLARE_TOKEN: one isn't used without the other",
        );
        see(
            self.cloudflare_zone
                .as_deref()
                .is_some_and(|zone| !zone.bytes().all(|byte| byte.is_ascii_alphanumeric())),
            "CLOUDFLARE_ZONE: must be of letters and digits",
        );
        see(
            self.public_urls.iter().any(|url| server(url).is_none()),
            "PUBLIC_URLS: must be http:// or https:// URLs without user or password",
        );
        problems
    }
}

fn server(url: &str) -> Option<Url> {
    Url::parse(url).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.host().is_some()
    })
}
