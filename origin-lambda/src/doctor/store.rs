use super::Finding;
use crate::cache::{self, Store, StoreError};
use crate::config::{self, StoreKind};
use crate::crawler::{self, Report, Task};
use crate::telemetry::with_causes;

/// The store, and what the crawler has noted in it.
pub(super) async fn examine(settings: &config::Store) -> Vec<Finding> {
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
        // Most likely by the server, whose log tells of any trouble with it.
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
