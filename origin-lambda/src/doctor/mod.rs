//! `linernotes doctor`: what is wrong, and how to mend it.
//!
//! Each subject is a file of its own. A finding is `broken` if it keeps answers from being built or users from getting
//! what the settings promise, and a `warning` if that may come to be, or passes by itself.

mod clock;
mod edge;
mod finding;
mod providers;
mod replica;
mod search;
mod settings;
mod store;

use tokio::join;

use crate::catalogue::Catalogue;
use crate::config::Config;

pub use finding::Finding;
pub use settings::unusable;

/// Looks at everything the service depends on.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let catalogue = Catalogue::new(&config.database);
    let replica = async {
        match &catalogue {
            Ok(catalogue) => match catalogue.check_schema().await {
                Ok(report) => replica::examine(config, &report),
                Err(error) => vec![replica::unreachable(&error)],
            },
            Err(error) => vec![replica::unreachable(error)],
        }
    };
    let (replica, search, store, providers, copies, clock) = join!(
        replica,
        search::examine(config),
        store::examine(&config.store),
        providers::examine(config),
        edge::examine(config),
        clock::examine(config, catalogue.as_ref().ok()),
    );
    let mut findings = vec![settings::examine(config)];
    findings.extend(replica);
    findings.push(search);
    findings.extend(store);
    findings.extend(providers);
    findings.extend(copies);
    findings.extend(clock);
    findings
}
