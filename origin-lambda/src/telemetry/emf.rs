//! Figures for CloudWatch, in the log: its
//! [embedded metric format](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html),
//! a line of JSON on standard output. Nothing is asked of AWS for it, so it costs an answer no time and needs no right.
//!
//! Each figure and value of a dimension is one of the metrics that CloudWatch charges for. What alarms and the dashboard
//! look at is always told; what is told by route, tier and provider only where `LINERNOTES_TELEMETRY__DETAILS` is set.

use std::io::Write;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::figures;
use crate::cache::now_millis;

/// The namespace of all figures.
pub const NAMESPACE: &str = "Linernotes";
/// The dimension of all figures, as AWS's own have it.
const FUNCTION: &str = "FunctionName";

/// The figures that are always told: what alarms and the dashboard of `infra/aws/template.yaml` look at.
pub const ALWAYS: [&str; 4] = [
    "Requests",
    "Hits",
    "ReplicationLagSeconds",
    "CrawlCompleted",
];
/// The figures that are told with details, each with its dimension.
pub const DETAILS: [(&str, &str); 4] = [
    ("RequestMilliseconds", "route"),
    ("AnswerMilliseconds", "tier"),
    ("ProviderMilliseconds", "provider"),
    ("ProviderFailures", "provider"),
];

/// Where figures go.
#[derive(Debug)]
pub(super) struct Emf {
    function: String,
    details: bool,
}

/// A figure and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figure {
    name: &'static str,
    unit: &'static str,
    value: f64,
}

impl Figure {
    pub const fn count(name: &'static str) -> Self {
        Self::share(name, 1.0).in_unit("Count")
    }

    /// A value of which the average tells a share.
    pub const fn share(name: &'static str, value: f64) -> Self {
        Self {
            name,
            unit: "None",
            value,
        }
    }

    pub fn milliseconds(name: &'static str, time: Duration) -> Self {
        // To a microsecond: more is noise, and bytes in the log.
        let value = (time.as_secs_f64() * 1e6).round() / 1e3;
        Self::share(name, value).in_unit("Milliseconds")
    }

    pub fn seconds(name: &'static str, seconds: u64) -> Self {
        let value = Duration::from_secs(seconds).as_secs_f64();
        Self::share(name, value).in_unit("Seconds")
    }

    const fn in_unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }
}

/// From now on, figures go to standard output. `details` adds those by route, tier and provider.
pub fn start(details: bool) {
    // Lambda says it.
    let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    figures().send_to(Emf { function, details });
}

impl Emf {
    pub const fn is_detailed(&self) -> bool {
        self.details
    }

    pub fn tell(&self, figures: &[Figure], by: Option<(&'static str, &str)>) {
        let line = self.line(now_millis(), figures, by);
        // A figure that can't be written is no reason to fail.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }

    fn line(&self, now: u64, figures: &[Figure], by: Option<(&'static str, &str)>) -> Value {
        let dimensions: Vec<&str> = std::iter::once(FUNCTION)
            .chain(by.map(|(name, _)| name))
            .collect();
        let metrics: Vec<Value> = figures
            .iter()
            .map(|figure| json!({"Name": figure.name, "Unit": figure.unit}))
            .collect();
        let mut line = Map::new();
        line.insert(
            "_aws".to_owned(),
            json!({
                "Timestamp": now,
                "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics}],
            }),
        );
        line.insert(FUNCTION.to_owned(), self.function.clone().into());
        line.extend(by.map(|(name, value)| (name.to_owned(), value.into())));
        let values = figures
            .iter()
            .map(|figure| (figure.name.to_owned(), figure.value.into()));
        line.extend(values);
        line.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_cloudwatch_wants_it() {
        let emf = Emf {
            function: "linernotes-crawler".to_owned(),
            details: false,
        };
        assert_eq!(
            emf.line(
                1_574_109_732_004,
                &[Figure::count("CrawlCompleted")],
                Some(("task", "invalidate"))
            ),
            json!({
                "_aws": {
                    "Timestamp": 1_574_109_732_004_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Linernotes",
                        "Dimensions": [["FunctionName", "task"]],
                        "Metrics": [{"Name": "CrawlCompleted", "Unit": "Count"}],
                    }],
                },
                "FunctionName": "linernotes-crawler",
                "task": "invalidate",
                "CrawlCompleted": 1.0,
            })
        );
        let figures = [Figure::count("Requests"), Figure::share("Hits", 0.0)];
        let line = emf.line(0, &figures, None);
        let told = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(told["Dimensions"], json!([["FunctionName"]]));
        assert_eq!(
            told["Metrics"],
            json!([{"Name": "Requests", "Unit": "Count"}, {"Name": "Hits", "Unit": "None"}])
        );
        assert_eq!(
            (&line["Requests"], &line["Hits"]),
            (&json!(1.0), &json!(0.0))
        );
    }
}
