//! Billboard: the albums and artists of the week, as its web pages list them. It has no API.

mod page;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use linernotes_shared::request::{Chart, ChartSource, Entity};

use super::chart::{ChartEntry, Charts};
use super::client::{Call, ProviderError};
use super::registration::{Capabilities, Defaults, Probe, Registration, Server};
use crate::limiter::Rate;

const NAME: &str = "billboard";

pub(super) const REGISTRATION: Registration = Registration {
    name: NAME,
    servers: &[],
    probe: Probe::Chart("/chart/billboard/album/top"),
    open: |opening| {
        opening.enabled(NAME)?;
        let billboard = Billboard {
            server: opening.server(
                NAME,
                &Defaults {
                    url: "https://www.billboard.com",
                    names: &["billboard.com"],
                    timeout: Duration::from_secs(15),
                    rate: Rate {
                        calls: 10,
                        window: Duration::from_secs(60),
                    },
                    at_once: 1,
                    // The album chart's page has about 1.5 MB.
                    most_bytes: 8 << 20,
                },
            ),
        };
        Ok(Capabilities {
            charts: Some(Arc::new(billboard)),
            ..Capabilities::default()
        })
    },
};

struct Billboard {
    server: Server,
}

#[async_trait]
impl Charts for Billboard {
    fn sources(&self) -> &'static [ChartSource] {
        &[ChartSource::Billboard]
    }

    async fn chart(&self, chart: &Chart) -> Result<Option<Vec<ChartEntry>>, ProviderError> {
        let (name, read): (_, fn(&str) -> Vec<ChartEntry>) = match chart.entity() {
            Entity::Album => ("billboard-200", page::albums),
            Entity::Artist => ("artist-100", page::artists),
        };
        let url = self.server.url(&["charts", name, ""], &[]);
        let empty = ProviderError::Empty { provider: NAME };
        let Some(html) = self.server.client.send(Call::page(url)).await?.text()? else {
            return Err(empty);
        };
        // Reading a page of that size takes tens of milliseconds, which nobody else should wait for.
        let entries = tokio::task::spawn_blocking(move || read(&html)).await;
        match entries {
            Ok(entries) if !entries.is_empty() => Ok(Some(entries)),
            _ => Err(empty),
        }
    }
}
