use super::Finding;
use crate::catalogue::{CatalogueError, SchemaReport, Unprepared};
use crate::config::Config;
use crate::telemetry::with_causes;

/// What a user needs that may not read.
const GRANT: &str = "grant the user USAGE on the schemas musicbrainz and cover_art_archive and SELECT on all their tables";

/// A replica that can't be asked.
pub(super) fn unreachable(error: &CatalogueError) -> Finding {
    Finding::broken(
        with_causes(error),
        "see that PostgreSQL runs and that LINERNOTES_DATABASE__URL names it",
    )
}

/// The replica: what it holds, and whether our statements fit it.
pub(super) fn examine(config: &Config, report: &SchemaReport) -> Vec<Finding> {
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
    } else if let Some(missing) = unprepared.missing_triggers.first() {
        lacks.push(format!(
            "{} of the change log's triggers ({missing}, …), without which what they note is noticed only when answers \
             expire",
            unprepared.missing_triggers.len(),
        ));
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
