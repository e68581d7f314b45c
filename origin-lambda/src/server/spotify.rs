//! `/spotify/…`.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use linernotes_shared::http::NO_STORE;
use linernotes_shared::request::{Authorization, Confidential, Entity, SpotifyId};

use super::Response;
use super::body::{self, RequestBody};
use super::error::ErrorReply;
use super::reply;
use crate::providers::spotify::SignInError;
use crate::service::Service;
use crate::spotify::{self, MOST_IDS};
use crate::telemetry::with_causes;

/// Bytes of a body: as many as the most ids have, with room for how they are laid out.
const MOST_BYTES: usize = 128 * MOST_IDS;

/// `GET /spotify/artist/{id}` and `GET /spotify/album/{id}`: 301 to what it is.
pub(super) async fn get(
    service: &Arc<Service>,
    entity: Entity,
    id: &SpotifyId,
    headers: &HeaderMap,
) -> Result<Response, ErrorReply> {
    let identified = spotify::identity(service, entity, id).await.map_err(|_| {
        match service.providers.spotify_names() {
            Some(_) => ErrorReply::out_of_reach(
                "it can't be told at the moment what this is in MusicBrainz; try again later".to_owned(),
            ),
            None => ErrorReply::switched_off(
                "Spotify isn't set up on this server, so only what MusicBrainz links to can be told"
                    .to_owned(),
            ),
        }
    })?;
    // Conditions are for answers of 200 alone (RFC 9110 §13.2.1).
    let mut headers = headers.clone();
    headers.remove(header::IF_NONE_MATCH);
    let mut response = reply::kept(&identified.served, service.edge_seconds, &headers)?;
    if let Some(mbid) = identified.mbid {
        *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
        // Relative: only the client knows under which prefix it reaches the service.
        reply::set(
            response.headers_mut(),
            header::LOCATION,
            format!("../../{entity}/{mbid}"),
        );
    }
    Ok(response)
}

/// `POST /spotify/lookup`.
pub(super) async fn lookup(
    service: &Service,
    headers: &HeaderMap,
    body: impl RequestBody,
) -> Result<Response, ErrorReply> {
    const WANTED: &str = "a JSON list of Spotify ids, as texts";
    let ids: Vec<Option<String>> = body::json(headers, body, MOST_BYTES, WANTED).await?;
    // What is nowhere at Spotify, such as a local file, has no id.
    let ids: Vec<&str> = ids
        .iter()
        .flatten()
        .map(String::as_str)
        .filter(|id| !id.is_empty())
        .collect();
    if ids.len() > MOST_IDS {
        return Err(ErrorReply::refusing(
            StatusCode::BAD_REQUEST,
            format!("body: must be a list of at most {MOST_IDS} Spotify ids"),
        ));
    }
    let identities = spotify::lookup(service, &ids).await;
    Ok(unkept(reply::json(StatusCode::OK, &identities)))
}

/// `GET /spotify/auth`: 302 to Lidarr, with the tokens.
pub(super) async fn authorize(
    service: &Service,
    authorization: &Authorization,
) -> Result<Response, ErrorReply> {
    let sign_in = service
        .providers
        .spotify_sign_in()
        .filter(|sign_in| sign_in.takes_users())
        .ok_or_else(no_sign_in)?;
    // Before the code is used up.
    let mut callback = service.spotify.callback(&authorization.state).ok_or_else(|| {
        ErrorReply::refusing(
            StatusCode::BAD_REQUEST,
            "state: must be the address of oauth.html on a Lidarr that LINERNOTES_SPOTIFY__CALLBACKS allows"
                .to_owned(),
        )
    })?;
    let tokens = sign_in
        .exchange(&authorization.code)
        .await
        .map_err(|error| refused(&error, "code"))?;
    callback
        .query_pairs_mut()
        .append_pair("access_token", &tokens.access_token)
        .append_pair("expires_in", &tokens.expires_in.to_string())
        .append_pair("refresh_token", &tokens.refresh_token);
    let mut response = unkept(reply::json(StatusCode::FOUND, &serde_json::json!({})));
    let headers = response.headers_mut();
    reply::set(headers, header::LOCATION, callback.into());
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    Ok(response)
}

/// `GET /spotify/renew`.
pub(super) async fn renew(
    service: &Service,
    refresh_token: &Confidential,
) -> Result<Response, ErrorReply> {
    let sign_in = service.providers.spotify_sign_in().ok_or_else(no_sign_in)?;
    let renewal = sign_in
        .renew(refresh_token)
        .await
        .map_err(|error| refused(&error, "refresh_token"))?;
    Ok(unkept(reply::json(StatusCode::OK, &renewal)))
}

fn no_sign_in() -> ErrorReply {
    ErrorReply::switched_off("the sign-in at Spotify isn't set up on this server".to_owned())
}

fn refused(error: &SignInError, field: &str) -> ErrorReply {
    match error {
        SignInError::Refused => ErrorReply::refusing(
            StatusCode::BAD_REQUEST,
            format!("{field}: Spotify doesn't take it; it may have been used or withdrawn"),
        ),
        SignInError::Provider(error) => {
            tracing::warn!(error = with_causes(error), "sign-in failed");
            ErrorReply::out_of_reach(
                "Spotify can't be asked at the moment; try again later".to_owned(),
            )
        }
    }
}

fn unkept(mut response: Response) -> Response {
    const CACHE_CONTROL: HeaderName = header::CACHE_CONTROL;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
    response
}
