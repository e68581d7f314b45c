use linernotes_dev::checkout;
use linernotes_dev::run::DATABASE;

/// The SQL that stands in `docs/self-host.md` after a mark, for a replica of the tests: there the service's user is `service`,
/// for the replica's owner has its name.
///
/// # Panics
/// If there is none.
pub fn replica_sql(mark: &str) -> String {
    let guide = checkout::root().join("docs/self-host.md");
    let guide = std::fs::read_to_string(&guide).expect("the guide is in the checkout");
    let (_, rest) = guide
        .split_once(&format!("<!-- {mark} -->\n```sql\n"))
        .unwrap_or_else(|| panic!("docs/self-host.md has no SQL marked \"{mark}\""));
    let (statements, _) = rest.split_once("```").unwrap_or((rest, ""));
    statements
        .replace("musicbrainz_db", DATABASE)
        .replace("USER linernotes", "USER service")
        .replace("OWNED BY linernotes", "OWNED BY service")
        .replace("TO linernotes", "TO service")
}
