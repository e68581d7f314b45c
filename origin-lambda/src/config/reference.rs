//! The table of all settings for `docs/configuration.md`: names, defaults and meanings, as the code has them.

use std::fmt::Write;

use super::Config;
use super::effective::{at, shown, values};
use super::setting::{self, Kind, Setting};

/// The table, in Markdown.
pub fn markdown() -> String {
    let (machine, lambda) = (values(&Config::default()), values(&Config::for_lambda()));
    let mut text = String::new();
    let mut group = None;
    for setting in setting::all() {
        let its_group = setting.path.split_once('.').map_or("", |(group, _)| group);
        if group.as_deref() != Some(its_group) {
            let heading = if its_group.is_empty() {
                "The service"
            } else {
                heading(its_group)
            };
            let gap = if text.is_empty() { "" } else { "\n" };
            write!(
                text,
                "{gap}### {heading}\n\n| variable | default | in Lambda | |\n|---|---|---|---|\n"
            )
            .expect("a string takes whatever is written");
            group = Some(its_group.to_owned());
        }
        let default = default(&setting, &at(&machine, &setting.path));
        let in_lambda = match self::default(&setting, &at(&lambda, &setting.path)) {
            same if same == default => String::new(),
            other => other,
        };
        writeln!(
            text,
            "| `{}` | {default} | {in_lambda} | {} |",
            setting::variable(&setting.path).replace("<NAME>", "<name>"),
            meaning(&setting)
        )
        .expect("a string takes whatever is written");
    }
    text
}

fn heading(group: &str) -> &'static str {
    match group {
        "cache" => "How long answers are good",
        "crawler" => "How answers are kept true",
        "database" => "The replica",
        "enrichment" => "What providers add",
        "lists" => "Charts and matching",
        "providers" => "Each provider",
        "purge" => "Whose copies are purged",
        "search" => "Search",
        "spotify" => "Spotify",
        "store" => "Where answers are kept",
        "telemetry" => "Who is told of errors, and figures",
        _ => "More",
    }
}

fn default(setting: &Setting, value: &serde_json::Value) -> String {
    /// Longer lists say nothing in a table.
    const SHORT: usize = 80;
    match shown(value) {
        _ if setting.kind == Kind::Secret && setting.path != "database.url" => String::new(),
        text if text == "-" || text.is_empty() || text == "[]" => String::new(),
        text if text.len() > SHORT => "a list".to_owned(),
        text => format!("`{text}`"),
    }
}

fn meaning(setting: &Setting) -> String {
    let mut meaning = setting.meaning.replace('|', "\\|");
    if !setting.words.is_empty() {
        let words: Vec<String> = setting
            .words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect();
        write!(meaning, " One of {}.", words.join(", "))
            .expect("a string takes whatever is written");
    }
    meaning
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    const BEGIN: &str = "<!-- Made by `linernotes config --reference`. -->\n\n";
    const END: &str = "\n<!-- End of what is made. -->";

    /// With `LINERNOTES_TEST_WRITE_DOCS` in the environment, it writes the table instead.
    #[test]
    fn the_table_in_the_docs_is_as_the_code_has_it() {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/configuration.md");
        let text = std::fs::read_to_string(&file).unwrap();
        let (before, rest) = text.split_once(BEGIN).unwrap();
        let (table, after) = rest.split_once(END).unwrap();
        if std::env::var_os("LINERNOTES_TEST_WRITE_DOCS").is_some() {
            let made = format!("{before}{BEGIN}{}{END}{after}", markdown());
            return std::fs::write(file, made).unwrap();
        }
        assert!(
            table == markdown(),
            "docs/configuration.md is out of date: run this test with LINERNOTES_TEST_WRITE_DOCS=1"
        );
    }

    #[test]
    fn every_setting_says_what_it_means() {
        let silent: Vec<String> = setting::all()
            .into_iter()
            .filter(|setting| setting.meaning.is_empty())
            .map(|setting| setting.path)
            .collect();
        assert_eq!(silent, Vec::<String>::new());
    }
}
