use std::sync::{LazyLock, OnceLock};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use linernotes_shared::cache::Collection;

use super::Route;
use super::emf::{Emf, Figure};

/// What has happened in this process since its start.
pub struct Figures {
    registry: Registry,
    emf: OnceLock<Emf>,
    requests: Family<RequestLabels, Histogram, Times>,
    in_flight: Gauge,
    answers: Family<AnswerLabels, Counter>,
    answer_times: Family<TierLabels, Histogram, Times>,
    store: Family<StoreLabels, Histogram, Times>,
    calls: Family<CallLabels, Histogram, Times>,
    crawls: Family<CrawlLabels, Histogram, Times>,
    last_packet: Gauge,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tier {
    /// Memory, fresh.
    Memory,
    /// The store, fresh.
    Store,
    /// Either of them, past its freshness: a new one is being built, or can't be.
    Stale,
    /// Built for this request.
    Built,
    /// Built for another request that came at the same time.
    Joined,
    /// Nowhere: none is kept, and none could be built.
    Unavailable,
}

impl Tier {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Store => "store",
            Self::Stale => "stale",
            Self::Built => "built",
            Self::Joined => "joined",
            Self::Unavailable => "unavailable",
        }
    }

    const fn is_hit(self) -> bool {
        matches!(self, Self::Memory | Self::Store | Self::Stale)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    of: &'static str,
    tier: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TierLabels {
    tier: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StoreLabels {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    provider: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CrawlLabels {
    task: &'static str,
    outcome: &'static str,
}

/// Histograms with bounds that suit what is timed, in seconds.
#[derive(Clone, Copy, Debug)]
struct Times(&'static [f64]);

impl Times {
    /// From a hit in memory to what the edge waits at most, and beyond.
    const REQUESTS: Self = Self(&[
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
        30.0,
    ]);
    const CALLS: Self = Self(&[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]);
    const STORE: Self = Self(&[
        0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0,
    ]);
    /// A run in Lambda has fifteen minutes.
    const CRAWLS: Self = Self(&[0.1, 1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0]);
}

impl MetricConstructor<Histogram> for Times {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

/// The figures of this process.
pub fn figures() -> &'static Figures {
    static FIGURES: LazyLock<Figures> = LazyLock::new(Figures::new);
    &FIGURES
}

/// A request that is being answered, until this is dropped.
pub(crate) struct InFlight(());

impl Drop for InFlight {
    fn drop(&mut self) {
        figures().in_flight.dec();
    }
}

impl Figures {
    fn new() -> Self {
        let requests = Family::new_with_constructor(Times::REQUESTS);
        let (in_flight, answers) = (Gauge::default(), Family::default());
        let answer_times = Family::new_with_constructor(Times::REQUESTS);
        let store = Family::new_with_constructor(Times::STORE);
        let calls = Family::new_with_constructor(Times::CALLS);
        let crawls = Family::new_with_constructor(Times::CRAWLS);
        let last_packet = Gauge::default();
        let mut registry = Registry::with_prefix("linernotes");
        registry.register_with_unit(
            "request_duration",
            "Time from a request to its answer, by route and class of status",
            Unit::Seconds,
            requests.clone(),
        );
        registry.register(
            "requests_in_flight",
            "Requests that are being answered",
            in_flight.clone(),
        );
        registry.register(
            "answers",
            "Artists, albums and lists asked for, by where the answer came from",
            answers.clone(),
        );
        registry.register_with_unit(
            "answer_duration",
            "Time in which artists, albums and lists were found or built, by where they came from",
            Unit::Seconds,
            answer_times.clone(),
        );
        registry.register_with_unit(
            "store_operation_duration",
            "Time of the store's operations, by outcome",
            Unit::Seconds,
            store.clone(),
        );
        registry.register_with_unit(
            "provider_call_duration",
            "Time of calls to providers and others, by outcome",
            Unit::Seconds,
            calls.clone(),
        );
        registry.register_with_unit(
            "crawl_duration",
            "Time of the crawler's runs, by task and outcome",
            Unit::Seconds,
            crawls.clone(),
        );
        registry.register(
            "replication_last_packet_timestamp_seconds",
            "When the replica's last packet was made, as it was last seen; 0 if it hasn't been",
            last_packet.clone(),
        );
        Self {
            registry,
            emf: OnceLock::new(),
            requests,
            in_flight,
            answers,
            answer_times,
            store,
            calls,
            crawls,
            last_packet,
        }
    }

    pub(super) const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// From now on, figures go into the log for CloudWatch too.
    pub(super) fn send_to(&self, emf: Emf) {
        // Of two, the first one stays.
        let _ = self.emf.set(emf);
    }

    fn tell(&self, figures: &[Figure], by: Option<(&'static str, &str)>) {
        if let Some(emf) = self.emf.get() {
            emf.tell(figures, by);
        }
    }

    fn tell_details(&self, figures: &[Figure], by: (&'static str, &str)) {
        if let Some(emf) = self.emf.get().filter(|emf| emf.is_detailed()) {
            emf.tell(figures, Some(by));
        }
    }

    /// A request begins.
    pub(crate) fn request_begins(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(())
    }

    /// A request was answered.
    pub(crate) fn answered(&self, route: Route, status: u16, took: Duration) {
        let labels = RequestLabels {
            route: route.name(),
            status: class(status),
        };
        self.requests
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
        let figure = Figure::milliseconds("RequestMilliseconds", took);
        self.tell_details(&[figure], ("route", route.name()));
    }

    /// An artist, album or list was asked for, and found or built in that time.
    pub(crate) fn asked_for(&self, collection: Collection, tier: Tier, took: Duration) {
        let labels = AnswerLabels {
            of: collection.name(),
            tier: tier.name(),
        };
        self.answers.get_or_create(&labels).inc();
        let tier_alone = TierLabels { tier: tier.name() };
        self.answer_times
            .get_or_create(&tier_alone)
            .observe(took.as_secs_f64());
        let hits = if tier.is_hit() { 1.0 } else { 0.0 };
        let one = Figure::count("Requests");
        self.tell(&[one, Figure::share("Hits", hits)], None);
        let figure = Figure::milliseconds("AnswerMilliseconds", took);
        self.tell_details(&[figure], ("tier", tier.name()));
    }

    /// The store did something, or failed to.
    pub(crate) fn stored<T, E>(
        &self,
        operation: &'static str,
        outcome: &Result<T, E>,
        took: Duration,
    ) {
        let outcome = if outcome.is_ok() { "ok" } else { "failed" };
        let labels = StoreLabels { operation, outcome };
        self.store
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
    }

    /// A provider, or somebody else out there, was asked.
    pub(crate) fn called(&self, provider: &'static str, outcome: &'static str, took: Duration) {
        let labels = CallLabels { provider, outcome };
        self.calls
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
        let failures = if outcome == "ok" { 0.0 } else { 1.0 };
        let figures = [
            Figure::milliseconds("ProviderMilliseconds", took),
            Figure::share("ProviderFailures", failures),
        ];
        self.tell_details(&figures, ("provider", provider));
    }

    /// The crawler ran.
    pub(crate) fn crawled(&self, task: &'static str, outcome: &'static str, took: Duration) {
        let labels = CrawlLabels { task, outcome };
        self.crawls
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
        if is_completed(task, outcome) {
            self.tell(&[Figure::count("CrawlCompleted")], Some(("task", task)));
        }
    }

    /// The replica's last packet was made at that moment, unix seconds.
    pub(crate) fn saw_packet(&self, made: i64) {
        self.last_packet.set(made);
    }

    /// The crawler has looked how far the replica lags behind: by so many seconds.
    pub(crate) fn lagged(&self, seconds: u64) {
        let lag = Figure::seconds("ReplicationLagSeconds", seconds);
        self.tell(&[lag], None);
    }
}

/// Whether a run counts as completed: most tasks leave something to the next run on purpose, but a look for changes that
/// never comes to its end may never come to some of them.
fn is_completed(task: &str, outcome: &str) -> bool {
    match outcome {
        "finished" => true,
        "unfinished" => task != "invalidate",
        _ => false,
    }
}

const fn class(status: u16) -> &'static str {
    match status {
        ..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::is_completed;

    #[test]
    fn a_look_for_changes_counts_only_at_its_end() {
        for (task, outcome, counts) in [
            ("invalidate", "finished", true),
            ("invalidate", "unfinished", false),
            ("invalidate", "failed", false),
            ("artists", "finished", true),
            ("artists", "unfinished", true),
            ("artists", "failed", false),
        ] {
            assert_eq!(is_completed(task, outcome), counts, "{task} {outcome}");
        }
    }
}
