use super::Finding;
use crate::catalogue::Catalogue;
use crate::config::{Config, SearchProvider};
use crate::search::index::FORMAT;
use crate::telemetry::with_causes;

/// The search index, if searches go to it.
pub(super) async fn examine(config: &Config) -> Finding {
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
