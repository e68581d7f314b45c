//! `linernotes doctor`: what is wrong, and how to mend it.

use std::fmt;

use crate::cache::{self, Store, StoreError};
use crate::catalogue::{Catalogue, CatalogueError, SchemaReport, Unprepared};
use crate::config::{self, Config, SearchProvider, StoreKind};
use crate::crawler::{self, Report, Task};
use crate::providers::{self, Off};
use crate::search::index::FORMAT;
use crate::telemetry::with_causes;

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    verdict: Verdict,
    what: String,
    remedy: Option<&'static str>,
}

/// What a user needs that may not read.
const GRANT: &str = "grant the user USAGE on the schemas musicbrainz and cover_art_archive and SELECT on all their tables";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Ok,
    Warning,
    Broken,
}

impl Finding {
    fn ok(what: String) -> Self {
        Self {
            verdict: Verdict::Ok,
            what,
            remedy: None,
        }
    }

    fn warning(what: String, remedy: &'static str) -> Self {
        Self {
            verdict: Verdict::Warning,
            what,
            remedy: Some(remedy),
        }
    }

    /// Something that keeps answers from being built.
    pub fn broken(what: String, remedy: &'static str) -> Self {
        Self {
            verdict: Verdict::Broken,
            what,
            remedy: Some(remedy),
        }
    }

    /// Whether it keeps answers from being built.
    pub fn is_broken(&self) -> bool {
        self.verdict == Verdict::Broken
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Broken => "broken",
        };
        write!(f, "{verdict:<8} {}", self.what)?;
        match self.remedy {
            Some(remedy) => write!(f, "\n         → {remedy}"),
            None => Ok(()),
        }
    }
}

/// Looks at everything the service depends on.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let report = match Catalogue::new(&config.database) {
        Ok(catalogue) => catalogue.check_schema().await,
        Err(error) => Err(error),
    };
    let mut findings = match report {
        Ok(report) => examine_catalogue(config, &report),
        Err(error) => vec![unreachable(&error)],
    };
    findings.push(examine_search(config).await);
    findings.extend(examine_store(&config.store).await);
    findings.extend(examine_providers(config));
    findings
}

/// Which providers are on. Nobody is asked: their troubles keep no answer from being built.
fn examine_providers(config: &Config) -> Vec<Finding> {
    let statuses = providers::statuses(config);
    let asks_wikipedia = statuses.contains(&("wikipedia", None));
    let told = |(name, off): (&str, Option<Off>)| match off {
        None => Finding::ok(format!("the provider {name} is on")),
        Some(off) => Finding::ok(format!("the provider {name} is off: {off}")),
    };
    let mut findings: Vec<Finding> = statuses.into_iter().map(told).collect();
    if asks_wikipedia && config.contact.is_none() {
        findings.push(Finding::warning(
            "LINERNOTES_CONTACT isn't set: Wikipedia can't tell whom to turn to about our calls".to_owned(),
            "set it to a URL or an e-mail address; Wikipedia asks for that, and may turn away whoever gives none",
        ));
    }
    findings
}

async fn examine_search(config: &Config) -> Finding {
    const BUILD: &str =
        "run `linernotes search-index` as a user who may create schemas in the index's database";
    let search = &config.search;
    let kinds = [Some(search.provider), search.fallback];
    if !kinds.contains(&Some(SearchProvider::Postgres)) {
        return Finding::ok("searches go to Solr, and to no index of our own".to_owned());
    }
    let state = match Catalogue::new(&config.search_database()) {
        Ok(catalogue) => catalogue.search_index_state().await,
        Err(error) => Err(error),
    };
    match state {
        Err(error) => Finding::broken(
            format!("the search index can't be read: {}", with_causes(&error)),
            "see that PostgreSQL runs and that LINERNOTES_SEARCH__DATABASE_URL, if set, names the index's database",
        ),
        Ok(None) => Finding::broken(
            "there is no search index: searches answer 503".to_owned(),
            BUILD,
        ),
        Ok(Some(state)) if state.format != FORMAT => Finding::broken(
            format!(
                "the search index is of format {} instead of {FORMAT}: searches answer 503",
                state.format
            ),
            BUILD,
        ),
        Ok(Some(state)) => {
            let holds = format!(
                "the search index holds {} artists and {} albums as of {}",
                state.artists,
                state.albums,
                state
                    .as_of
                    .map_or_else(|| "an unknown date".to_owned(), |date| date.to_string())
            );
            match state.require_current(config.database.max_lag()) {
                Ok(()) => Finding::ok(holds),
                Err(_) => Finding::warning(
                    format!("{holds}: searches that find nothing answer 503"),
                    "run `linernotes search-index` regularly, e.g. every hour",
                ),
            }
        }
    }
}

async fn examine_store(settings: &config::Store) -> Vec<Finding> {
    let (checked, crawler) = match cache::open(settings).await {
        Ok(store) => (store.check().await, examine_crawler(&*store).await),
        Err(error) => (Err(error), None),
    };
    std::iter::once(store_finding(settings, checked))
        .chain(crawler)
        .collect()
}

/// When what changed was last looked for; `None` if that can't be read, as the finding on the store then says.
async fn examine_crawler(store: &dyn Store) -> Option<Finding> {
    const DAY: u64 = 24 * 60 * 60;
    const START: &str = "leave LINERNOTES_CRAWLER__TIMERS on, or have a schedule run `linernotes crawl invalidate` every \
                         ten minutes; until then answers are as old as LINERNOTES_CACHE__FRESH_SECONDS lets them be";
    let Some(report) = crawler::last_report(store, &Task::Invalidate { since: None })
        .await
        .ok()?
    else {
        let never = "what changes in MusicBrainz has never been looked for";
        return Some(Finding::warning(never.to_owned(), START));
    };
    let ago = cache::now().saturating_sub(report.ended);
    let last = format!(
        "what changes in MusicBrainz was last looked for {} minutes ago",
        ago / 60
    );
    Some(match report {
        _ if ago > DAY => Finding::warning(last, START),
        Report {
            error: Some(error), ..
        } => Finding::warning(
            format!("{last}, but not to the end: {error}"),
            "mend what the error names; the next run goes on from where this one stopped",
        ),
        Report {
            complete: false,
            remaining,
            ..
        } => Finding::warning(
            match remaining {
                Some(remaining) => {
                    format!("{last}, but not to the end: {remaining} entities are left")
                }
                None => format!("{last}, but not to the end"),
            },
            "the next run goes on from where this one stopped; if that goes on, give runs more time or run them more often",
        ),
        _ => Finding::ok(last),
    })
}

fn store_finding(settings: &config::Store, checked: Result<(), StoreError>) -> Finding {
    match (checked, settings.kind) {
        (Ok(()), StoreKind::Embedded) => Finding::ok(format!(
            "the store at {} can be read and written",
            settings.path.display()
        )),
        (Ok(()), StoreKind::DynamoDb) => Finding::ok(format!(
            "the store in the DynamoDB table {} can be read and written",
            settings.table
        )),
        // Most likely by the server, which couldn't have started without a usable store.
        (Err(error @ StoreError::InUse { .. }), _) => Finding::ok(error.to_string()),
        (Err(error), StoreKind::Embedded) => Finding::broken(
            with_causes(&error),
            "see that LINERNOTES_STORE__PATH names a folder that can be written",
        ),
        (Err(error), StoreKind::DynamoDb) => Finding::broken(
            format!("DynamoDB table {}: {}", settings.table, with_causes(&error)),
            "see that LINERNOTES_STORE__TABLE names a table that `linernotes create-table` made, and that the AWS \
             credentials allow to read, write, delete and query its items",
        ),
    }
}

fn unreachable(error: &CatalogueError) -> Finding {
    Finding::broken(
        with_causes(error),
        "see that PostgreSQL runs and that LINERNOTES_DATABASE__URL names it",
    )
}

fn examine_catalogue(config: &Config, report: &SchemaReport) -> Vec<Finding> {
    let mut findings = vec![Finding::ok("PostgreSQL answers".to_owned())];
    let mut schema = "schema of unknown sequence".to_owned();
    match &report.replication {
        // Told with the other drifts, below.
        Err(CatalogueError::SchemaDrift(..)) => {}
        // This one is told only by running it: a server looks at rights to tables last.
        Err(error @ CatalogueError::Forbidden(..)) => {
            findings.push(Finding::broken(with_causes(error), GRANT));
        }
        Err(error) => findings.push(Finding::broken(
            with_causes(error),
            "load a MusicBrainz replica with its replication_control row",
        )),
        Ok(replication) => {
            schema = format!("schema of sequence {}", replication.schema_sequence);
            findings.push(match replication.require_loaded() {
                Ok(()) => Finding::ok("the replica is loaded".to_owned()),
                Err(error) => Finding::broken(
                    with_causes(&error),
                    "wait for the import to end, or run it again",
                ),
            });
            findings.push(match replication.require_current(config.database.max_lag()) {
                Ok(()) => Finding::ok("the replica is current".to_owned()),
                Err(error) => Finding::warning(
                    with_causes(&error),
                    "run MusicBrainz replication; until then unknown MBIDs answer 503 instead of 404",
                ),
            });
        }
    }
    if report.drifts.is_empty() {
        findings.push(Finding::ok(format!("every statement fits the {schema}")));
    }
    findings.extend(report.drifts.iter().map(|(_, drift)| {
        let remedy = match drift {
            CatalogueError::Forbidden(..) => GRANT,
            _ => "update Linernotes to a version that knows this schema; kept answers are served meanwhile",
        };
        Finding::broken(format!("{} ({schema})", with_causes(drift)), remedy)
    }));
    findings.push(examine_preparation(&report.unprepared));
    findings
}

fn examine_preparation(unprepared: &Unprepared) -> Finding {
    let mut lacks = Vec::new();
    if !unprepared.missing_indexes.is_empty() {
        lacks.push(format!(
            "{} of its indexes ({}, …), without which changes are found slowly",
            unprepared.missing_indexes.len(),
            unprepared.missing_indexes[0]
        ));
    }
    if !unprepared.change_log_is_kept {
        lacks.push(
            "the change log, without which changed ratings, release events and cover art and all deletions are noticed \
             only when answers expire"
                .to_owned(),
        );
    }
    if lacks.is_empty() {
        Finding::ok("the replica is prepared for change detection".to_owned())
    } else {
        Finding::warning(
            format!("the replica lacks {}", lacks.join("; and ")),
            "run `linernotes prepare` as the user who owns the replica's tables",
        )
    }
}
