use std::collections::BTreeSet;

use linernotes_origin::telemetry::emf;
use serde_json::Value;

use crate::target::Target;

pub fn every_alarm_tells_somebody(target: &Target) {
    let topic = target.output("AlertsTopic");
    let alarms = target.aws(&["cloudwatch", "describe-alarms"]);
    let alarms = alarms["MetricAlarms"].as_array().unwrap();
    assert!(alarms.len() >= 17, "{}", alarms.len());
    for alarm in alarms {
        assert_eq!(alarm["AlarmActions"][0], topic, "{alarm}");
    }
}

/// A runbook's name, in the template's descriptions as in the guide's headings.
#[test]
fn every_alarm_has_its_runbook() {
    let (template, guide) = texts();
    // Descriptions are wrapped.
    let template = template.split_whitespace().collect::<Vec<_>>().join(" ");
    let named: BTreeSet<&str> = template
        .split("Runbook ")
        .skip(1)
        .filter_map(|text| text.split_whitespace().next())
        .collect();
    assert!(named.len() >= 6, "{named:?}");
    for name in named {
        assert!(guide.contains(&format!("### {name}\n")), "{name}");
    }
}

/// A task that always fails, or never runs, is noticed whatever the others do.
#[test]
fn every_scheduled_task_has_an_alarm_of_its_own() {
    // The first is watched by the replica's lag, the second runs by hand.
    const OTHERWISE: [&str; 2] = ["check-catalogue", "initial-fill"];
    let (template, _) = texts();
    let scheduled = template
        .split("Input: '{\"task\": \"")
        .skip(1)
        .filter_map(|text| text.split('"').next())
        .filter(|task| !OTHERWISE.contains(task));
    let watched = template
        .split("- { Name: task, Value: ")
        .skip(1)
        .filter_map(|text| text.split(' ').next());
    let (scheduled, watched): (BTreeSet<&str>, BTreeSet<&str>) =
        (scheduled.collect(), watched.collect());
    assert!(scheduled.len() >= 8, "{scheduled:?}");
    assert_eq!(scheduled, watched);
}

/// What alarms and the dashboard look at is in the guide's list of what the programs tell.
#[test]
fn every_figure_that_is_watched_is_in_the_guide() {
    let (template, guide) = texts();
    for figure in emf::ALWAYS {
        let (alarm, widget) = (
            format!("MetricName: {figure}\n"),
            format!("[\"Linernotes\", \"{figure}\""),
        );
        assert!(
            template.contains(&alarm) || template.contains(&widget),
            "{figure}"
        );
        assert!(guide.contains(&format!("| `{figure}` |")), "{figure}");
    }
}

/// What alarms look at by itself doesn't show that anybody tells it: the functions' own logs do.
pub fn the_functions_tell_what_is_watched(target: &Target) {
    let (api, crawler) = (target.output("ApiName"), target.output("CrawlerName"));
    let watched = [
        (api, &["Requests", "Hits"]),
        (crawler, &["ReplicationLagSeconds", "CrawlCompleted"]),
    ];
    for (function, figures) in watched {
        let group = format!("/aws/lambda/{function}");
        let told = target.aws(&["logs", "filter-log-events", "--log-group-name", &group]);
        let events = told["events"].as_array().unwrap();
        let told: BTreeSet<String> = events
            .iter()
            .flat_map(|event| event["message"].as_str().unwrap().lines())
            .filter(|line| line.contains("CloudWatchMetrics"))
            .flat_map(|line| figures_of(function, line))
            .collect();
        for figure in figures {
            assert!(told.contains(*figure), "{figure} of {function}: {events:?}");
        }
    }
}

/// The figures that a line of a function's log tells, each with its value.
fn figures_of(function: &str, line: &str) -> Vec<String> {
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["FunctionName"], function);
    let told = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(told["Namespace"], emf::NAMESPACE);
    let metrics = told["Metrics"].as_array().unwrap().iter();
    metrics
        .map(|metric| metric["Name"].as_str().unwrap().to_owned())
        .inspect(|name| assert!(line[name].is_number(), "{line}"))
        .collect()
}

fn texts() -> (String, String) {
    let read = |name: &str| {
        let file = linernotes_dev::checkout::root().join(name);
        std::fs::read_to_string(file).unwrap()
    };
    (read("infra/aws/template.yaml"), read("docs/operate.md"))
}
