use super::Finding;
use crate::config::Config;
use crate::providers::client::ProviderError;
use crate::providers::{self, Answered};
use crate::telemetry::with_causes;

/// Every provider: one call each to those that are on. One that is out of reach keeps no answer from being built; a key that
/// isn't taken is for the operator to mend.
pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let answered = providers::probe(config).await;
    let asks_wikipedia = answered
        .iter()
        .any(|(name, answered)| *name == "wikipedia" && !matches!(answered, Answered::Off(_)));
    let mut findings: Vec<Finding> = answered
        .into_iter()
        .map(|(name, answered)| finding(name, answered))
        .collect();
    if asks_wikipedia && config.contact.is_none() {
        findings.push(Finding::warning(
            "LINERNOTES_CONTACT isn't set: Wikipedia can't tell whom to turn to about our calls".to_owned(),
            "set it to a URL or an e-mail address; Wikipedia asks for that, and may turn away whoever gives none",
        ));
    }
    findings
}

fn finding(name: &str, answered: Answered) -> Finding {
    match answered {
        Answered::Off(off) => Finding::ok(format!("the provider {name} is off: {off}")),
        Answered::Unasked => Finding::ok(format!("the provider {name} is on")),
        Answered::Well => Finding::ok(format!("the provider {name} is on and answers")),
        Answered::WithNothing => Finding::warning(
            format!("the provider {name} answers with nothing about what it should know"),
            "see that its key is right, if it has one; some providers answer a wrong one so",
        ),
        Answered::Badly(error) => {
            let what = format!("the provider {name}: {}", with_causes(&error));
            if is_about_key(&error) {
                Finding::broken(what, key_of(name))
            } else {
                Finding::warning(
                    what,
                    "see that this machine may reach it; until then answers lack what it adds, and nothing else",
                )
            }
        }
    }
}

/// Whether a provider says that it doesn't take us. Spotify does so with status 400.
fn is_about_key(error: &ProviderError) -> bool {
    match error {
        ProviderError::Refused { .. } => true,
        ProviderError::Status { provider, status } => {
            *provider == "spotify_accounts" && *status == reqwest::StatusCode::BAD_REQUEST
        }
        _ => false,
    }
}

fn key_of(name: &str) -> &'static str {
    match name {
        "fanart" => {
            "set LINERNOTES_PROVIDERS__FANART__API_KEY to a key of https://fanart.tv/get-an-api-key, or leave it out"
        }
        "the_audio_db" => {
            "set LINERNOTES_PROVIDERS__THE_AUDIO_DB__API_KEY to a key of https://www.theaudiodb.com, or leave it out"
        }
        "lastfm" => {
            "set LINERNOTES_PROVIDERS__LASTFM__API_KEY to a key of https://www.last.fm/api/account/create, or leave it out"
        }
        "spotify" => {
            "set LINERNOTES_SPOTIFY__CLIENT_ID and LINERNOTES_SPOTIFY__CLIENT_SECRET to those of the application at https://developer.spotify.com/dashboard"
        }
        _ => {
            "it takes no key from us: set LINERNOTES_CONTACT, or switch it off by its setting ENABLED"
        }
    }
}
