//! Figures for Prometheus, as text.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::figures;
use crate::providers::client::Asking;
use crate::service::Service;

/// The media type of the text.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Provider {
    provider: &'static str,
    why: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Version {
    version: &'static str,
}

/// All figures of the process, and those that parts of the service count themselves.
pub fn text(service: &Service) -> String {
    let mut text = String::new();
    for registry in [figures().registry(), &counted(service)] {
        encode(&mut text, registry).expect("a string takes whatever is written");
    }
    text
}

/// What parts of the service count or know themselves, as it is now.
fn counted(service: &Service) -> Registry {
    let mut registry = Registry::with_prefix("linernotes");
    let version = Family::<Version, Gauge>::default();
    let this = Version {
        version: env!("CARGO_PKG_VERSION"),
    };
    version.get_or_create(&this).set(1);
    registry.register("build_info", "The version that runs", version);

    let left_alone = Family::<Provider, Gauge>::default();
    let health = service.providers.health().into_iter();
    for health in health.chain(service.courtesy.health()) {
        let provider = health.provider;
        let set = |why, is_so: bool| {
            let labels = Provider { provider, why };
            left_alone.get_or_create(&labels).set(is_so.into());
        };
        set("failures", matches!(health.asking, Asking::Resting(_)));
        set("its-wish", matches!(health.asking, Asking::Paused(_)));
    }
    registry.register(
        "provider_left_alone",
        "1 while a provider isn't asked: because it kept failing, or because it wants that",
        left_alone,
    );

    let (store, finds) = (service.cache.counts(), service.cache.finds());
    let counts = [
        (
            "entries_in_memory",
            "Entries found in memory",
            finds.in_memory,
        ),
        (
            "entries_in_store",
            "Entries found in the store",
            finds.in_store,
        ),
        ("entries_nowhere", "Entries found nowhere", finds.nowhere),
        (
            "store_reads",
            "Entries that the store was asked for",
            store.reads,
        ),
        (
            "store_writes",
            "Entries that the store was given or that were marked",
            store.writes,
        ),
        (
            "store_retries",
            "Requests to the store that were sent again",
            store.retries,
        ),
        (
            "store_throttles",
            "Requests that the store turned down for being too many",
            store.throttles,
        ),
        (
            "store_timeouts",
            "Requests to the store that were given up for taking too long",
            store.timeouts,
        ),
        (
            "store_rests",
            "Calls that the store was spared because those before had failed",
            store.rests,
        ),
        (
            "store_damaged",
            "Entries of the store that couldn't be read for what they are",
            store.damaged,
        ),
    ];
    for (name, help, count) in counts {
        let counter = Counter::<u64>::default();
        counter.inc_by(count);
        registry.register(name, help, counter);
    }
    registry
}
