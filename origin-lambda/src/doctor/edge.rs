use super::Finding;
use super::clock::{Dated, ask};
use crate::config::Config;
use crate::limiter::Unlimited;
use crate::providers::client::{Courtesy, ProviderError};
use crate::purge::{self, PurgeError};
use crate::telemetry::with_causes;

/// A tag of an artist that there can't be: purging it shows that purging is allowed, and purges nothing.
const NOBODY: &str = "artist-00000000-0000-0000-0000-000000000000";

/// Those who keep copies of answers: that they can be reached, and take our purges.
pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some((url, _)) = config.purge.edge() {
        findings.push(match ask(url.as_str()).await {
            Ok(Dated { status, .. }) if status.is_success() => {
                Finding::ok("the edge answers".to_owned())
            }
            Ok(Dated { status, .. }) => Finding::broken(
                format!("the edge answers with status {status}"),
                "see that LINERNOTES_PURGE__EDGE_URL is the worker's address, and look at its log",
            ),
            Err(error) => Finding::broken(
                format!("the edge can't be reached: {}", with_causes(&error)),
                "see that LINERNOTES_PURGE__EDGE_URL is the worker's address, and that this machine may reach it",
            ),
        });
    }
    let courtesy = Courtesy::new(config.contact.as_deref(), std::sync::Arc::new(Unlimited));
    for purger in purge::open(&config.purge, &courtesy) {
        let name = purger.name();
        let remedy = remedy(name);
        findings.push(match purger.purge(&[NOBODY.to_owned()]).await {
            Ok(_) => Finding::ok(format!("{name} takes our purges")),
            Err(PurgeError::Trouble(error)) if !is_refusal(&error) => Finding::warning(
                format!("{name} can't be asked to purge: {}", with_causes(&error)),
                "copies live as long as they may (LINERNOTES_CACHE__EDGE_SECONDS) until it can; purges are tried again",
            ),
            Err(error) => Finding::broken(
                format!("{name} doesn't take our purges: {}", with_causes(&error)),
                remedy,
            ),
        });
    }
    findings
}

const fn is_refusal(error: &ProviderError) -> bool {
    matches!(
        error,
        ProviderError::Refused { .. } | ProviderError::Status { .. }
    )
}

fn remedy(name: &str) -> &'static str {
    if name == "Cloudflare" {
        "make LINERNOTES_PURGE__CLOUDFLARE_TOKEN a token with the permission Cache Purge for the zone LINERNOTES_PURGE__CLOUDFLARE_ZONE"
    } else {
        "give the worker the secret PURGE_KEY (`npx wrangler secret put PURGE_KEY`), the same as LINERNOTES_PURGE__EDGE_KEY"
    }
}
