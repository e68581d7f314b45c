//! The indexes that Linernotes adds to MusicBrainz's own.

use postgres::Client;

use super::RunError;
use crate::checkout;

/// Their statements, as SQL; `None` without any.
pub(super) fn text() -> Result<Option<String>, RunError> {
    let file = checkout::root().join("sql/indexes.sql");
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RunError::file(format!("reading {}", file.display()))(error)),
    }
}

/// Creates them, each by a statement of its own: what is done `CONCURRENTLY` allows no transaction around it.
pub(super) fn create(client: &mut Client) -> Result<(), RunError> {
    let text = text()?.unwrap_or_default();
    for statement in statements(&text) {
        client
            .batch_execute(&statement)
            .map_err(|source| RunError::Sql {
                what: statement,
                source,
            })?;
    }
    Ok(())
}

/// Splits SQL that has no semicolon but at a statement's end, or in a comment on lines of its own.
fn statements(sql: &str) -> Vec<String> {
    let code: String = sql
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .flat_map(|line| [line, "\n"])
        .collect();
    code.split(';')
        .map(|statement| statement.trim().to_owned())
        .filter(|statement| !statement.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn each_statement_stands_alone() {
        let sql = "-- For changes; see below.\nCREATE INDEX a ON b (c);\n\nCREATE INDEX d\n    ON e (f);\n";
        assert_eq!(
            statements(sql),
            ["CREATE INDEX a ON b (c)", "CREATE INDEX d\n    ON e (f)"]
        );
    }
}
