use std::time::Duration;

use http::{HeaderValue, StatusCode, header};

use linernotes_shared::Mbid;
use linernotes_shared::http::NO_STORE;
use linernotes_shared::request::{Entity, RequestError};
use linernotes_shared::wire::ErrorBody;

use super::{Response, reply};

/// Seconds after which a client may try again when the catalogue is in trouble.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("30");
/// Seconds after which it may, when only an operator can help.
const HOUR: HeaderValue = HeaderValue::from_static("3600");

/// An answer that isn't a success. Its body is always a JSON object: Lidarr reads error bodies as one, and takes a 404
/// without one for something else.
#[derive(Debug)]
pub(super) struct ErrorReply {
    status: StatusCode,
    message: String,
    header: Option<(header::HeaderName, HeaderValue)>,
}

impl ErrorReply {
    /// Trouble on our side. It says nothing about whether the thing exists.
    pub(super) fn unavailable() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message: "the catalogue can't be read at the moment; try again later".to_owned(),
            header: Some((header::RETRY_AFTER, RETRY_AFTER)),
        }
    }

    /// Trouble of others that we depend on. It says nothing about whether the thing exists.
    pub(super) fn out_of_reach(message: String) -> Self {
        Self {
            message,
            ..Self::unavailable()
        }
    }

    /// What the settings leave out: it may exist, but can't be told here until somebody changes them.
    pub(super) fn switched_off(message: String) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message,
            header: Some((header::RETRY_AFTER, HOUR)),
        }
    }

    /// Something about the request's body, or of what it names, breaks a rule.
    pub(super) const fn refusing(status: StatusCode, message: String) -> Self {
        Self {
            status,
            message,
            header: None,
        }
    }

    /// A field that breaks a rule which only the origin can see to.
    pub(super) fn invalid(field: &str, rule: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: format!("{field}: {rule}"),
            header: None,
        }
    }

    /// There is no such thing, says a healthy catalogue.
    pub(super) fn unknown(entity: Entity, mbid: Mbid) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            message: format!("{entity} {mbid} isn't in MusicBrainz"),
            header: None,
        }
    }

    /// A route that is the operator's alone.
    pub(super) fn unauthorised() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            message: "authorization: must be the operator's key".to_owned(),
            header: Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        }
    }

    /// It is being done already.
    pub(super) fn under_way() -> Self {
        Self {
            status: StatusCode::CONFLICT,
            message: "a run is under way; its report is in the log".to_owned(),
            header: Some((header::RETRY_AFTER, RETRY_AFTER)),
        }
    }

    /// More often than is permitted; again after `window`.
    pub(super) fn too_often(window: Duration) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            message: "asked too often; try again later".to_owned(),
            header: Some((header::RETRY_AFTER, window.as_secs().into())),
        }
    }

    /// A request that lacks the key which edge and origin share.
    pub(super) fn not_from_the_edge() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            message: "linernotes-key: must be the key that this origin shares with its edge"
                .to_owned(),
            header: None,
        }
    }

    pub(super) fn into_response(self) -> Response {
        let body = ErrorBody {
            error: self.message,
        };
        let mut response = reply::json(self.status, &body);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_STORE));
        if let Some((name, value)) = self.header {
            headers.insert(name, value);
        }
        response
    }
}

impl From<RequestError> for ErrorReply {
    fn from(error: RequestError) -> Self {
        let header = match error {
            RequestError::MethodNotAllowed { allowed } => {
                Some((header::ALLOW, HeaderValue::from_static(allowed)))
            }
            _ => None,
        };
        Self {
            status: StatusCode::from_u16(error.status())
                .expect("request errors have statuses of three digits"),
            message: error.to_string(),
            header,
        }
    }
}
