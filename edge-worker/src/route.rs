//! From a client's method and URL to what it asks of the edge, or why that can't be answered.

use linernotes_shared::images::{self, InvalidPicture, Picture};
use linernotes_shared::request::{BodyError, Method, Request, RequestError};

const PURGE: &str = "/purge";

/// What a client asks of the edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A question of Lidarr's API.
    Api(Request),
    /// A picture of one of the art hosts.
    Picture(Picture),
    /// `POST /purge`: what changed, by tags or URLs.
    Purge,
}

/// Why a request can't be answered, and with what status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// HTTP status.
    pub status: u16,
    /// The field and the rule it breaks.
    pub error: String,
    /// The value of `Allow`.
    pub allow: Option<&'static str>,
}

impl Route {
    /// Reads a method as sent, a path as sent, and a query without the `?`.
    pub fn parse(method: &str, path: &str, query: &str) -> Result<Self, Refused> {
        if path == PURGE {
            return allowed(method, &["POST"], "POST").map(|()| Self::Purge);
        }
        if let Some(rest) = path.strip_prefix(images::PATH) {
            allowed(method, &["GET", "HEAD"], "GET, HEAD")?;
            return Ok(Self::Picture(Picture::parse(rest)?));
        }
        match Method::from_name(method) {
            Some(method) => Ok(Self::Api(Request::parse(method, path, query)?)),
            None => {
                // An unknown method is refused like a known one on the wrong route.
                let request = Request::parse(Method::Get, path, query)?;
                Err(RequestError::MethodNotAllowed {
                    allowed: request.allowed(),
                }
                .into())
            }
        }
    }

    /// Its canonical path, for the log.
    pub fn path(&self) -> String {
        match self {
            Self::Api(request) => request.path_for_log(),
            Self::Picture(picture) => picture.to_string(),
            Self::Purge => PURGE.to_owned(),
        }
    }
}

fn allowed(method: &str, methods: &[&str], allow: &'static str) -> Result<(), Refused> {
    if methods.contains(&method) {
        return Ok(());
    }
    Err(RequestError::MethodNotAllowed { allowed: allow }.into())
}

impl From<RequestError> for Refused {
    fn from(error: RequestError) -> Self {
        Self {
            status: error.status(),
            error: error.to_string(),
            allow: match error {
                RequestError::MethodNotAllowed { allowed } => Some(allowed),
                _ => None,
            },
        }
    }
}

impl From<InvalidPicture> for Refused {
    fn from(error: InvalidPicture) -> Self {
        Self::new(400, error.to_string())
    }
}

impl From<BodyError> for Refused {
    fn from(error: BodyError) -> Self {
        Self::new(error.status(), error.to_string())
    }
}

impl Refused {
    /// With a status and no `Allow`.
    pub fn new(status: u16, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            allow: None,
        }
    }
}

#[cfg(test)]
mod described;

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, error: &str, allow: Option<&'static str>) -> Result<Route, Refused> {
        Err(Refused {
            status,
            error: error.to_owned(),
            allow,
        })
    }

    #[test]
    fn the_edges_own_routes_stand_beside_the_api() {
        assert_eq!(Route::parse("POST", "/purge", ""), Ok(Route::Purge));
        assert_eq!(
            Route::parse("HEAD", "/images/fanart/a/b.jpg", "")
                .unwrap()
                .path(),
            "/images/fanart/a/b.jpg"
        );
        assert_eq!(
            Route::parse("GET", "/", ""),
            Ok(Route::Api(Request::Status))
        );
    }

    #[test]
    fn an_unknown_method_is_refused_with_the_methods_of_its_route() {
        for method in ["PUT", "DELETE", "OPTIONS", "get"] {
            for (path, rule, allow) in [
                ("/", "method: must be GET, HEAD", "GET, HEAD"),
                ("/search/fingerprint", "method: must be POST", "POST"),
                ("/purge", "method: must be POST", "POST"),
                ("/images/fanart/x", "method: must be GET, HEAD", "GET, HEAD"),
            ] {
                assert_eq!(
                    Route::parse(method, path, ""),
                    refused(405, rule, Some(allow)),
                    "{method} {path}"
                );
            }
            assert_eq!(
                Route::parse(method, "/nothing", ""),
                refused(404, "path: no such route", None)
            );
        }
    }
}
