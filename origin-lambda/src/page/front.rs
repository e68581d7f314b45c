//! The front page.

use maud::{Markup, html};

use super::headline::headline;
use super::layout;
use super::status::{Read, State, Unread, since};
use super::words::{counted, grouped, moment, share, span};
use crate::crawler::Report;
use crate::providers::client::{Asking, Health};
use crate::version;

/// The page, `now` in unix seconds.
pub fn page(state: &State, now: u64) -> String {
    let content = html! {
        h1 { "Music metadata for Lidarr" }
        (headline(state, now))
        p { "Look up an artist or album as Lidarr would import it:" }
        (layout::search_box(""))
        p { "An album is missing in your library? " a href="/browse/missing" { "Find out which rule hides it" } "." }
        div.pair {
            section aria-labelledby="data" {
                h2 #data { "Data" }
                (data(state, now))
            }
            section aria-labelledby="kept" {
                h2 #kept { "Kept answers" }
                (kept(state))
            }
        }
        section aria-labelledby="providers" {
            h2 #providers { "Providers" }
            (providers(state, now))
        }
        section aria-labelledby="crawls" {
            h2 #crawls { "Last crawls" }
            (crawls(state, now))
        }
    };
    layout::page("Status", None, &content)
}

fn data(state: &State, now: u64) -> Markup {
    html! {
        dl.facts {
            dt { "Version" }
            dd { (version::NUMBER) }
            dt { "Commit" }
            dd { (version::COMMIT) }
            @match &state.replica {
                Ok(replica) => {
                    dt { "As of" }
                    dd { (replica.date.map_or_else(|| "an unknown time".to_owned(), |date| moment(u64::try_from(date.as_second()).unwrap_or(0)))) }
                    dt { "Age" }
                    dd { (state.lag(now).map_or_else(|| "unknown".to_owned(), span)) }
                    dt { "Schema" }
                    dd { "sequence " (replica.schema_sequence) }
                }
                Err(unread) => {
                    dt { "Replica" }
                    dd { (trouble(*unread)) }
                }
            }
            dt { "Search index" }
            @match &state.index {
                Ok(Some(index)) => {
                    dd {
                        (counted(count(index.artists), "artist")) ", " (counted(count(index.albums), "album"))
                        br;
                        @match index.as_of {
                            Some(date) => { "brought up to date " (span(since(now, date.as_second()))) " ago" }
                            None => { "of an unknown age" }
                        }
                    }
                }
                Ok(None) => dd { "none here: " (state.search) " is asked" },
                Err(unread) => dd { (trouble(*unread)) },
            }
        }
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn trouble(unread: Unread) -> Markup {
    html! {
        span.bad {
            @match unread {
                Unread::Slow => "✕ doesn’t answer in time",
                Unread::Trouble => "✕ can’t be read",
            }
        }
    }
}

fn kept(state: &State) -> Markup {
    let (finds, store) = (&state.finds, &state.store);
    let all = finds.in_memory + finds.in_store + finds.nowhere;
    html! {
        dl.facts {
            dt { "Looked for" }
            dd { (counted(all, "time")) " since the start" }
            dt { "In memory" }
            dd { (share(finds.in_memory, all)) }
            dt { "In the store" }
            dd { (share(finds.in_store, all)) }
            dt { "Not kept" }
            dd { (share(finds.nowhere, all)) }
            dt { "Store" }
            dd { (counted(store.reads, "read")) ", " (counted(store.writes, "write")) }
            dt { "Its trouble" }
            dd {
                @if store.failures + store.rests + store.throttles + store.timeouts + store.damaged == 0 {
                    span.good { "✓ none" }
                } @else {
                    span.warn {
                        "▲ " (counted(store.failures, "failure")) ", " (counted(store.timeouts, "timeout")) ", "
                        (counted(store.throttles, "throttle")) ", " (grouped(store.damaged)) " damaged, "
                        (grouped(store.rests)) " spared"
                    }
                }
            }
        }
        p.small.soft { "Of this process alone. What the edge has kept never comes here." }
    }
}

fn providers(state: &State, now: u64) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Table of providers" {
            table {
                caption { "Who adds pictures, texts and lists, since the start" }
                thead {
                    tr {
                        th scope="col" { "Provider" }
                        th scope="col" { "State" }
                        th.num scope="col" { "Calls" }
                        th.num scope="col" { "Failed" }
                        th scope="col" { "Last trouble" }
                    }
                }
                tbody {
                    @for health in &state.providers { (provider(health, now)) }
                    @for (name, why) in &state.off {
                        tr {
                            th scope="row" { (name) }
                            td.soft { "off" }
                            td.num { "–" }
                            td.num { "–" }
                            td.soft { (why) }
                        }
                    }
                }
            }
        }
    }
}

fn provider(health: &Health, now: u64) -> Markup {
    html! {
        tr {
            th scope="row" { (health.provider) }
            td.nowrap {
                @match health.asking {
                    Asking::Paused(wait) => span.warn { "▲ wants a pause of " (span(wait.as_secs())) },
                    Asking::Resting(wait) => span.bad { "✕ not asked for " (span(wait.as_secs())) },
                    Asking::Yes if health.calls == 0 => span.soft { "not asked yet" },
                    Asking::Yes if health.is_failing => span.warn { "▲ the last call failed" },
                    Asking::Yes => span.good { "✓ asked" },
                }
            }
            td.num { (grouped(health.calls)) }
            td.num { (grouped(health.failures)) }
            td {
                @match &health.trouble {
                    Some(trouble) => { (span(now.saturating_sub(trouble.at))) " ago: " (trouble.what) }
                    None => "–",
                }
            }
        }
    }
}

fn crawls(state: &State, now: u64) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Table of crawls" {
            table {
                caption { "What keeps kept answers true: the last run of each task" }
                thead {
                    tr {
                        th scope="col" { "Task" }
                        th scope="col" { "Ended" }
                        th.num scope="col" { "Looked at" }
                        th.num scope="col" { "Refreshed" }
                        th.num scope="col" { "Failed" }
                        th.num scope="col" { "Remaining" }
                        th scope="col" { "Outcome" }
                    }
                }
                tbody {
                    @for (task, report) in &state.crawls {
                        tr {
                            th.nowrap scope="row" { (task) }
                            (crawl(report, now))
                        }
                    }
                }
            }
        }
    }
}

fn crawl(report: &Read<Option<Report>>, now: u64) -> Markup {
    html! {
        @match report {
            Ok(Some(report)) => {
                td.nowrap title=(moment(report.ended)) { (span(now.saturating_sub(report.ended))) " ago" }
                td.num { (grouped(report.looked_at)) }
                td.num { (grouped(report.refreshed)) }
                td.num { (grouped(report.failed)) }
                td.num { (report.remaining.map_or_else(|| "–".to_owned(), grouped)) }
                td {
                    // What broke it off may name hosts, which is the log's business.
                    @if report.error.is_some() { span.bad { "✕ broken off; the log says why" } }
                    @else if report.skipped.is_some() { "left to somebody else; the log says why" }
                    @else if report.failed > 0 { span.warn { "▲ some answers couldn’t be built" } }
                    @else if report.complete { span.good { "✓ done" } }
                    @else { "goes on next time" }
                }
            }
            Ok(None) => { td.soft colspan="6" { "has never run" } }
            Err(unread) => { td colspan="6" { (trouble(*unread)) } }
        }
    }
}
