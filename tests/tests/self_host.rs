//! The SQL of `docs/self-host.md`, around what the program does to a replica.

use std::process::Command;

use linernotes_dev::run::{Cluster, Replica};
use linernotes_dev::setup::MusicBrainzSchema;
use linernotes_tests::{prepared, replica, replica_sql};

fn run(command: &str, database: &str) {
    let output = Command::new(prepared().origin)
        .arg(command)
        .env("LINERNOTES_DATABASE__URL", database)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {told}");
}

/// Everything of ours that lies in the replica, by name.
fn ours(postgres: &Cluster) -> Vec<String> {
    let query = "
        SELECT indexname::TEXT FROM pg_indexes WHERE indexname LIKE 'linernotes%'
        UNION ALL SELECT nspname::TEXT FROM pg_namespace WHERE nspname LIKE 'linernotes%'
        UNION ALL SELECT tgname::TEXT FROM pg_trigger WHERE tgname LIKE 'linernotes%'
        UNION ALL SELECT rolname::TEXT FROM pg_roles WHERE rolname = 'service'";
    let rows = postgres.connect().unwrap().query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn what_the_guide_makes_in_the_replica_it_undoes() {
    let (postgres, _folder) = replica(Replica::Real(MusicBrainzSchema::V31));
    let statements = |mark: &str| {
        let sql = replica_sql(mark);
        let done = postgres.connect().unwrap().batch_execute(&sql);
        done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    };
    let before = ours(&postgres);
    statements("the replica's user");
    run("prepare", &postgres.url());
    let service = postgres.url().replace("linernotes@", "service:secret@");
    run("search-index", &service);
    let made = ours(&postgres);
    for name in [
        "linernotes_artist_last_updated",
        "linernotes_deleted",
        "linernotes",
        "linernotes_search",
        "service",
    ] {
        assert!(made.iter().any(|made| made == name), "{name} of {made:?}");
    }

    statements("undone in the replica");
    assert_eq!(ours(&postgres), before);
}
