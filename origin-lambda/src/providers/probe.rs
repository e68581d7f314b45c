use std::sync::Arc;

use futures_util::future::join_all;

use linernotes_shared::request::{Method, Request};

use super::REGISTRY;
use super::capability::Asker;
use super::client::{Courtesy, ProviderError};
use super::registration::{Capabilities, Off, Opening, Probe};
use crate::config::Config;
use crate::limiter::Unlimited;

/// How a provider answered its probe.
#[derive(Debug)]
pub enum Answered {
    /// It wasn't asked: the settings switch it off.
    Off(Off),
    /// It isn't asked by the service either.
    Unasked,
    /// With what it should.
    Well,
    /// With nothing, about something that it knows.
    WithNothing,
    /// Not, or with a refusal.
    Badly(ProviderError),
}

/// Asks every provider that is on one question, all at the same time.
pub async fn probe(config: &Config) -> Vec<(&'static str, Answered)> {
    let courtesy = Courtesy::new(config.contact.as_deref(), Arc::new(Unlimited));
    let opening = Opening::new(config, &courtesy);
    let probing = REGISTRY.iter().map(|registration| {
        let opened = (registration.open)(&opening);
        async move {
            let answered = match opened {
                Ok(capabilities) => ask(&capabilities, registration.probe).await,
                Err(off) => Answered::Off(off),
            };
            (registration.name, answered)
        }
    });
    join_all(probing).await
}

async fn ask(can: &Capabilities, probe: Probe) -> Answered {
    let is_there = match probe {
        Probe::Nothing => return Answered::Unasked,
        Probe::Record(name) => match &can.source {
            Some(source) => {
                let fetched = source.fetch(name, Asker::Crawler).await;
                fetched.map(|fetched| fetched.record.is_some())
            }
            None => return Answered::Unasked,
        },
        Probe::Chart(path) => match (&can.charts, Request::parse(Method::Get, path, "")) {
            (Some(charts), Ok(Request::Chart(chart))) => {
                let entries = charts.chart(&chart).await;
                entries.map(|entries| entries.is_some())
            }
            _ => return Answered::Unasked,
        },
        Probe::SpotifyAlbum(id) => match (&can.spotify_names, id.parse()) {
            (Some(names), Ok(id)) => names.album(&id).await.map(|album| album.is_some()),
            _ => return Answered::Unasked,
        },
    };
    match is_there {
        Ok(true) => Answered::Well,
        Ok(false) => Answered::WithNothing,
        Err(error) => Answered::Badly(error),
    }
}
