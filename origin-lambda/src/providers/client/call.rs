use std::fmt;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::config::Secret;

/// A question to a provider.
pub struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Option<(&'static str, String)>,
    pub(super) may_be_html: bool,
}

impl Call {
    /// Asks for JSON at a URL.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: Vec::new(),
            body: None,
            may_be_html: false,
        }
    }

    /// Sends a form to a URL and asks for JSON.
    pub fn post_form(url: Url, fields: &[(&str, &str)]) -> Self {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        Self {
            method: Method::POST,
            body: Some(("application/x-www-form-urlencoded", form)),
            ..Self::get(url)
        }
    }

    /// Sends a body of some media type to a URL and asks for JSON.
    pub fn post(url: Url, media_type: &'static str, body: String) -> Self {
        Self {
            method: Method::POST,
            body: Some((media_type, body)),
            ..Self::get(url)
        }
    }

    /// Sends JSON to a URL and asks for JSON.
    pub fn post_json(url: Url, value: &serde_json::Value) -> Self {
        Self {
            method: Method::POST,
            body: Some(("application/json", value.to_string())),
            ..Self::get(url)
        }
    }

    /// Asks for a web page.
    pub fn page(url: Url) -> Self {
        Self {
            may_be_html: true,
            ..Self::get(url)
        }
    }

    /// With a header whose value is secret.
    pub fn secret(self, name: &'static str, value: &Secret) -> Self {
        self.secret_text(name, value.reveal())
    }

    /// With a token in `Authorization`.
    pub fn bearer(self, token: &Secret) -> Self {
        self.secret_text("authorization", &format!("Bearer {}", token.reveal()))
    }

    /// With a header whose value is secret, e.g. a token that a provider gave. What no header can hold is left out, and
    /// the provider will refuse the call.
    pub fn secret_text(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }
}

impl fmt::Debug for Call {
    /// Without path, query and headers, in which keys stand.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}…",
            self.method,
            self.url.origin().ascii_serialization()
        )
    }
}
