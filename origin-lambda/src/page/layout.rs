//! What all pages have in common: head, search box, foot, and the policy that their browser is given.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::Pictures;
use crate::version;

const STYLE: &str = include_str!("style.css");

/// The style's hash, as a policy names it.
static STYLE_HASH: LazyLock<String> =
    LazyLock::new(|| format!("sha256-{}", STANDARD.encode(Sha256::digest(STYLE))));

/// What a page may do: nothing but show itself and pictures, and send forms to us.
pub fn policy(pictures: &Pictures) -> String {
    format!(
        "default-src 'none'; style-src '{}'; img-src {}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        *STYLE_HASH,
        pictures.sources()
    )
}

/// A whole page. `query` is what the search box at its head holds; `None` for a page that has one of its own.
pub fn page(title: &str, query: Option<&str>, content: &Markup) -> String {
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) " · Linernotes" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header.top {
                    div.wrap {
                        a.mark href="/" { "Linernotes" }
                        nav aria-label="Pages" {
                            a href="/" { "Status" }
                            a href="/browse/missing" { "Missing album?" }
                        }
                        @if let Some(query) = query { (search_box(query)) }
                    }
                }
                main.wrap #content { (content) }
                footer {
                    div.wrap {
                        p { "Linernotes " (version::NUMBER) ", metadata for Lidarr from MusicBrainz." }
                        p { "The same in JSON: every artist at " code { "/artist/{mbid}" } ", every album at " code { "/album/{mbid}" } "." }
                    }
                }
            }
        }
    };
    whole.into_string()
}

/// The form that looks for artists and albums.
pub fn search_box(query: &str) -> Markup {
    html! {
        form.find role="search" action="/browse" method="get" {
            input type="search" name="query" value=(query) aria-label="Artist or album" placeholder="Artist or album"
                maxlength="200" autocomplete="off";
            button type="submit" { "Search" }
        }
    }
}
