//! What is to be said of the service at a glance.

use maud::{Markup, html};

use super::status::{Ending, State};
use super::words::span;
use crate::search::index::FORMAT;

/// MusicBrainz sends a packet each hour; from so many seconds on, some are missing.
const LATE: u64 = 3 * 60 * 60;

/// Something that isn't as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trouble {
    /// Somebody gets no answer, or a wrong one.
    Bad(String),
    /// That may come to be.
    Doubtful(String),
}

/// One sentence, or one about each trouble; `now` in unix seconds.
pub fn headline(state: &State, now: u64) -> Markup {
    let troubles = troubles(state, now);
    html! {
        @if troubles.is_empty() { p.lead { (all_is_well(state, now)) } }
        @for trouble in &troubles {
            @match trouble {
                Trouble::Bad(words) => p.lead.bad { "✕ " (words) },
                Trouble::Doubtful(words) => p.lead.warn { "▲ " (words) },
            }
        }
    }
}

fn all_is_well(state: &State, now: u64) -> String {
    let lag = state.lag(now).map(span).unwrap_or_default();
    match state.looked_for_changes(now) {
        Some(_) => format!("All is well: the data is {lag} old."),
        None => {
            format!("The data is {lag} old. Nobody has looked yet for what changed in it.")
        }
    }
}

fn troubles(state: &State, now: u64) -> Vec<Trouble> {
    let found = [
        replica(state, now),
        search(state),
        store(state),
        crawls(state, now),
    ];
    found.into_iter().flatten().collect()
}

fn replica(state: &State, now: u64) -> Option<Trouble> {
    let too_old = |lag: u64| state.max_lag.is_some_and(|max| lag > max.as_secs());
    let Ok(replica) = &state.replica else {
        return Some(Trouble::Bad(
            "MusicBrainz’s replica can’t be read: only kept answers are served.".to_owned(),
        ));
    };
    if !replica.loaded {
        return Some(Trouble::Bad(
            "The replica isn’t fully loaded: only kept answers are served.".to_owned(),
        ));
    }
    match state.lag(now) {
        None => Some(Trouble::Doubtful(
            "The replica doesn’t say how old its data is.".to_owned(),
        )),
        Some(lag) if too_old(lag) => Some(Trouble::Bad(format!(
            "The data is {} old, too old to say that something doesn’t exist.",
            span(lag)
        ))),
        Some(lag) if lag > LATE => Some(Trouble::Doubtful(format!(
            "The data is {} old; MusicBrainz has news every hour.",
            span(lag)
        ))),
        Some(_) => None,
    }
}

fn search(state: &State) -> Option<Trouble> {
    match &state.index {
        Err(_) => Some(Trouble::Bad(
            "The search index can’t be read, or there is none: what wasn’t searched for lately can’t be.".to_owned(),
        )),
        Ok(Some(index)) if index.format != FORMAT => Some(Trouble::Bad(
            "The search index is of another version: what wasn’t searched for lately can’t be.".to_owned(),
        )),
        Ok(Some(index)) if index.require_current(state.max_lag).is_err() => Some(
            Trouble::Doubtful("The search index is too old to say that there is nothing.".to_owned()),
        ),
        Ok(_) => None,
    }
}

fn store(state: &State) -> Option<Trouble> {
    // Reports of crawls lie in it.
    let is_read = state.crawls.iter().all(|(_, report)| report.is_ok());
    (!is_read).then(|| {
        Trouble::Bad("The store of kept answers can’t be read: each is built anew.".to_owned())
    })
}

fn crawls(state: &State, now: u64) -> Option<Trouble> {
    let (ago, ending) = state.looked_for_changes(now)?;
    let what = match ending {
        Ending::BrokenOff => "was broken off",
        Ending::Unfinished => "ran out of time",
        Ending::Complete if ago > state.look_is_late => "ended",
        Ending::Complete => return None,
    };
    Some(Trouble::Doubtful(format!(
        "The last look for changes {what} {} ago: kept answers may be older than the data.",
        span(ago)
    )))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::cache::{Counts, Finds};
    use crate::catalogue::{IndexState, Replication};
    use crate::crawler::{Report, Task};
    use crate::page::status::Unread;

    const HOUR: u64 = 3_600;

    fn now() -> u64 {
        crate::cache::now()
    }

    fn before(seconds: u64) -> Option<Timestamp> {
        let then = i64::try_from(now() - seconds).unwrap();
        Timestamp::from_second(then).ok()
    }

    fn healthy() -> State {
        let look = Report {
            ended: now() - 60,
            complete: true,
            ..Report::default()
        };
        State {
            replica: Ok(Replication {
                date: before(HOUR),
                schema_sequence: 31,
                loaded: true,
            }),
            max_lag: Some(Duration::from_secs(72 * HOUR)),
            index: Ok(Some(IndexState {
                format: FORMAT,
                as_of: before(HOUR),
                artists: 1,
                albums: 1,
            })),
            search: "postgres",
            finds: Finds::default(),
            store: Counts::default(),
            providers: Vec::new(),
            off: Vec::new(),
            crawls: vec![(Task::Invalidate { since: None }.name(), Ok(Some(look)))],
            look_is_late: HOUR,
        }
    }

    fn look(adjust: impl FnOnce(&mut Report)) -> State {
        let mut state = healthy();
        if let Ok(Some(report)) = &mut state.crawls[0].1 {
            adjust(report);
        }
        state
    }

    #[test]
    fn all_is_well_only_if_every_part_is() {
        let (bad, doubtful) = (
            |words: &str| vec![Trouble::Bad(words.to_owned())],
            |words: &str| vec![Trouble::Doubtful(words.to_owned())],
        );
        for (state, expected) in [
            (healthy(), vec![]),
            (
                State {
                    index: Err(Unread::Trouble),
                    ..healthy()
                },
                bad(
                    "The search index can’t be read, or there is none: what wasn’t searched for lately can’t be.",
                ),
            ),
            (
                State {
                    index: Ok(Some(IndexState {
                        format: FORMAT,
                        as_of: before(100 * HOUR),
                        artists: 1,
                        albums: 1,
                    })),
                    ..healthy()
                },
                doubtful("The search index is too old to say that there is nothing."),
            ),
            // Solr has an index of its own.
            (
                State {
                    index: Ok(None),
                    ..healthy()
                },
                vec![],
            ),
            (
                State {
                    crawls: vec![("invalidate", Err(Unread::Slow))],
                    ..healthy()
                },
                bad("The store of kept answers can’t be read: each is built anew."),
            ),
            (
                look(|report| report.ended = now() - 2 * HOUR),
                doubtful(
                    "The last look for changes ended 2 hours ago: kept answers may be older than the data.",
                ),
            ),
            (
                look(|report| {
                    report.ended = now() - HOUR / 2;
                    report.complete = false;
                }),
                doubtful(
                    "The last look for changes ran out of time 30 minutes ago: kept answers may be older than the data.",
                ),
            ),
            (
                look(|report| {
                    report.ended = now() - 5 * HOUR;
                    report.error = Some("no connection to the database".to_owned());
                }),
                doubtful(
                    "The last look for changes was broken off 5 hours ago: kept answers may be older than the data.",
                ),
            ),
        ] {
            assert_eq!(troubles(&state, now()), expected, "{state:?}");
        }
        let all = State {
            replica: Err(Unread::Trouble),
            index: Err(Unread::Trouble),
            crawls: vec![("invalidate", Err(Unread::Trouble))],
            ..healthy()
        };
        assert_eq!(troubles(&all, now()).len(), 3);
    }

    #[test]
    fn nobody_says_that_all_is_well_before_changes_were_looked_for() {
        let mut state = healthy();
        state.crawls[0].1 = Ok(None);
        let words = headline(&state, now()).into_string();
        assert!(words.contains("The data is 60 minutes old."), "{words}");
        assert!(!words.contains("All is well"), "{words}");
        let words = headline(&healthy(), now()).into_string();
        assert_eq!(
            words,
            "<p class=\"lead\">All is well: the data is 60 minutes old.</p>"
        );
    }
}
