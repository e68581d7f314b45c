use std::collections::BTreeMap;

use insta::assert_debug_snapshot;
use linernotes_dev::run::Cluster;
use linernotes_origin::catalogue::Catalogue;
use linernotes_origin::config::Database;
use linernotes_origin::telemetry::with_causes;

use super::{album, ask_artist, catalogue, cluster, database, runtime};

/// Has a session do something whenever it reads how current the replica is, which is part of every answer.
pub fn on_every_answer(cluster: &Cluster, plpgsql: &str) {
    let sql = format!(
        "CREATE FUNCTION musicbrainz.on_every_answer() RETURNS boolean LANGUAGE plpgsql AS $$
         BEGIN {plpgsql}; RETURN TRUE; END $$;
         ALTER TABLE musicbrainz.replication_control RENAME TO replication_control_table;
         CREATE VIEW musicbrainz.replication_control AS
             SELECT * FROM musicbrainz.replication_control_table WHERE musicbrainz.on_every_answer();"
    );
    cluster.connect().unwrap().batch_execute(&sql).unwrap();
}

/// Has a session tell the server's log which settings are in force.
pub const TELL_SETTINGS: &str = "RAISE LOG E'in force: % % % % % % %;',
    current_setting('jit'), current_setting('plan_cache_mode'), current_setting('statement_timeout'),
    current_setting('transaction_isolation'), current_setting('transaction_read_only'),
    current_setting('default_transaction_read_only'), current_setting('application_name')";

/// What has been told.
pub fn settings(cluster: &Cluster) -> Vec<String> {
    let log = cluster.log();
    let told = log.lines().filter_map(|line| {
        let (_, settings) = line.split_once("LOG:  in force: ")?;
        Some(settings.to_owned())
    });
    told.collect()
}

pub const WRITE: &str = "INSERT INTO musicbrainz.tag (id, name) VALUES (424242, 'written')";

#[test]
fn a_session_has_the_catalogues_settings() {
    let (cluster, _folder) = cluster();
    on_every_answer(&cluster, TELL_SETTINGS);
    let catalogue = Catalogue::new(&Database {
        timeout_seconds: 7,
        ..database(cluster.url())
    })
    .unwrap();
    runtime().block_on(catalogue.replication()).unwrap();
    assert_eq!(
        settings(&cluster),
        ["off force_generic_plan 7s repeatable read on on linernotes;"]
    );
}

#[test]
fn a_session_cannot_write() {
    let (cluster, _folder) = cluster();
    on_every_answer(&cluster, WRITE);
    let error = with_causes(
        &runtime()
            .block_on(ask_artist(&catalogue(&cluster)))
            .unwrap_err(),
    );
    assert_eq!(
        error,
        "sql/catalogue/replication.sql failed: db error: ERROR: cannot execute INSERT in a read-only transaction"
    );
}

#[test]
fn a_statement_is_prepared_once_on_each_connection() {
    let (cluster, _folder) = cluster();
    cluster.set("log_min_duration_statement", "0").unwrap();
    let catalogue = Catalogue::new(&Database {
        connections: 2,
        ..database(cluster.url())
    })
    .unwrap();
    runtime().block_on(async {
        for _ in 0..10 {
            let (artist, album) = tokio::join!(ask_artist(&catalogue), catalogue.album(album()));
            artist.unwrap();
            album.unwrap();
            // One after the other too, so that each connection gets each question.
            ask_artist(&catalogue).await.unwrap();
        }
    });
    let mut prepared = BTreeMap::<_, usize>::new();
    for line in cluster.log().lines() {
        if let Some((_, statement)) = line.split_once("  parse s")
            && let Some((_, text)) = statement.split_once(": ")
        {
            *prepared.entry(text.to_owned()).or_default() += 1;
        }
    }
    assert_debug_snapshot!(prepared);
}
