//! Pages that say why there is no other.

use maud::html;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use super::Html;
use super::layout;

/// A healthy, current catalogue knows no such thing.
pub fn unknown(entity: Entity, mbid: Mbid) -> Html {
    let content = html! {
        h1 { "No such " (entity) }
        p.lead { "MusicBrainz has no " (entity) " " code { (mbid) } " as far as this server’s copy of it goes." }
        p { "It may have been removed there, or added since the copy was last brought up to date; the " a href="/" { "status" } " says when that was." }
        p { a href={ "/browse/missing?id=" (mbid) } { "Why might it be missing?" } }
    };
    Html::with(
        404,
        layout::page(&format!("No such {entity}"), Some(""), &content),
    )
}

/// Trouble on our side.
pub fn unavailable(what: &str) -> Html {
    let content = html! {
        h1 { "Not at the moment" }
        p.lead { (what) }
        p { "This says nothing about what there is in MusicBrainz. Please try again in half a minute; the " a href="/" { "status" } " shows what is the matter." }
    };
    Html::with(503, layout::page("Not at the moment", Some(""), &content))
}

/// What was asked for has no sense.
pub fn refused(status: u16, rule: &str) -> Html {
    let content = html! {
        h1 { @if status == 404 { "No such page" } @else { "That can’t be looked up" } }
        p.lead { (rule) }
    };
    Html::with(status, layout::page("No such page", Some(""), &content))
}
