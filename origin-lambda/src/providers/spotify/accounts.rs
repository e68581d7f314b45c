//! `accounts.spotify.com`: tokens, for the application itself and for its users.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::sync::Mutex;

use linernotes_shared::request::Confidential;
use linernotes_shared::wire::Renewal;

use super::{SignInError, SpotifySignIn, Tokens};
use crate::config::Secret;
use crate::providers::client::{Call, ProviderError};
use crate::providers::registration::Server;

/// A token isn't used for its last seconds, in which it may end on the way.
const MARGIN: Duration = Duration::from_secs(60);

/// Gives the application's token, fetched once for all who want it.
pub(super) struct Accounts {
    server: Server,
    /// The application's id and secret, as a header wants them.
    authorization: String,
    token: Mutex<Option<Held>>,
}

struct Held {
    token: Arc<str>,
    renew_at: Instant,
}

/// What all kinds of questions are answered with.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    token_type: String,
    expires_in: u32,
    scope: Option<String>,
    refresh_token: Option<String>,
}

/// `{"error": "invalid_grant", …}`: the code or token is wrong, or used up.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Accounts {
    pub(super) fn new(server: Server, id: &str, secret: &Secret) -> Self {
        let pair = STANDARD.encode(format!("{id}:{}", secret.reveal()));
        Self {
            server,
            authorization: format!("Basic {pair}"),
            token: Mutex::new(None),
        }
    }

    /// The application's own token, by "client credentials". Whoever comes while it is being fetched waits for it.
    pub(super) async fn token(&self) -> Result<Arc<str>, ProviderError> {
        let mut held = self.token.lock().await;
        if let Some(held) = held.as_ref()
            && Instant::now() < held.renew_at
        {
            return Ok(Arc::clone(&held.token));
        }
        let fields = [("grant_type", "client_credentials")];
        let Ok(answer) = self.ask(&fields).await? else {
            return Err(self.empty());
        };
        let token: Arc<str> = answer.access_token.into();
        let lifetime = Duration::from_secs(answer.expires_in.into()).saturating_sub(MARGIN);
        *held = Some(Held {
            token: Arc::clone(&token),
            renew_at: Instant::now() + lifetime,
        });
        Ok(token)
    }

    /// Forgets a token that isn't taken any longer, unless there is another by now.
    pub(super) async fn forget(&self, token: &str) {
        let mut held = self.token.lock().await;
        if held.as_ref().is_some_and(|held| &*held.token == token) {
            *held = None;
        }
    }

    /// Asks for tokens; the inner error is Spotify's word that it doesn't take what they are asked for with.
    async fn ask(&self, fields: &[(&str, &str)]) -> Result<Result<Answer, Refusal>, ProviderError> {
        let url = self.server.url(&["api", "token"], &[]);
        let call = Call::post_form(url, fields).secret_text("authorization", &self.authorization);
        let reply = self.server.client.send(call).await?;
        if reply.status() == reqwest::StatusCode::BAD_REQUEST
            && let Some(refusal) = reply.json_of_any_status::<Refusal>()
            && refusal.error == "invalid_grant"
        {
            return Ok(Err(refusal));
        }
        reply.json()?.map(Ok).ok_or_else(|| self.empty())
    }

    fn empty(&self) -> ProviderError {
        ProviderError::Empty {
            provider: self.server.client.provider(),
        }
    }
}

/// Signs users in.
pub(super) struct SignIn {
    accounts: Arc<Accounts>,
    redirect_uri: Option<String>,
}

impl SignIn {
    pub(super) fn new(accounts: Arc<Accounts>, redirect_uri: Option<&str>) -> Self {
        Self {
            accounts,
            redirect_uri: redirect_uri.map(str::to_owned),
        }
    }

    async fn ask(&self, fields: &[(&str, &str)]) -> Result<Answer, SignInError> {
        self.accounts
            .ask(fields)
            .await?
            .map_err(|_| SignInError::Refused)
    }
}

#[async_trait]
impl SpotifySignIn for SignIn {
    fn takes_users(&self) -> bool {
        self.redirect_uri.is_some()
    }

    async fn exchange(&self, code: &Confidential) -> Result<Tokens, SignInError> {
        let answer = self
            .ask(&[
                ("grant_type", "authorization_code"),
                ("code", code.reveal()),
                (
                    "redirect_uri",
                    self.redirect_uri.as_deref().unwrap_or_default(),
                ),
            ])
            .await?;
        Ok(Tokens {
            access_token: answer.access_token,
            expires_in: answer.expires_in,
            refresh_token: answer.refresh_token.ok_or_else(|| self.accounts.empty())?,
        })
    }

    async fn renew(&self, refresh_token: &Confidential) -> Result<Renewal, SignInError> {
        let answer = self
            .ask(&[
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh_token.reveal()),
            ])
            .await?;
        Ok(Renewal {
            access_token: answer.access_token,
            token_type: answer.token_type,
            expires_in: answer.expires_in,
            scope: answer.scope,
            refresh_token: answer.refresh_token,
        })
    }
}
