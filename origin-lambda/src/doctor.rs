//! `linernotes doctor`: what is wrong, and how to mend it.

use std::fmt;

use crate::cache::{self, StoreError};
use crate::catalogue::{Catalogue, CatalogueError, SchemaReport, Unprepared};
use crate::config::{self, Config, StoreKind};
use crate::providers::{self, Off};
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
    findings.push(examine_store(&config.store).await);
    findings.extend(examine_providers(config));
    findings
}

/// Which providers are on. Nobody is asked: their troubles keep no answer from being built.
fn examine_providers(config: &Config) -> Vec<Finding> {
    let told = |(name, off): (&str, Option<Off>)| match off {
        None => Finding::ok(format!("the provider {name} is on")),
        Some(off) => Finding::ok(format!("the provider {name} is off: {off}")),
    };
    let mut findings: Vec<Finding> = providers::statuses(config).into_iter().map(told).collect();
    if config.contact.is_none() {
        findings.push(Finding::warning(
            "LINERNOTES_CONTACT isn't set: providers can't tell whom to turn to about our calls".to_owned(),
            "set it to a URL or an e-mail address; Wikipedia asks for one, and may turn away who has none",
        ));
    }
    findings
}

async fn examine_store(settings: &config::Store) -> Finding {
    let checked = match cache::open(settings).await {
        Ok(store) => store.check().await,
        Err(error) => Err(error),
    };
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
