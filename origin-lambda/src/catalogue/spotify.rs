use uuid::Uuid;

use linernotes_shared::Mbid;
use linernotes_shared::request::Entity;

use super::row::{Columns, gids};
use super::session::Snapshot;
use super::{CatalogueError, Statement};

/// A page of links to Spotify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpotifyPage {
    /// Spotify's ids with what they link to.
    pub links: Vec<(String, Mbid)>,
    /// Where the next page starts; `None` after the last.
    pub next: Option<String>,
}

/// What a Spotify id links to, best guess first.
pub(super) async fn read(
    snapshot: &Snapshot<'_>,
    entity: Entity,
    spotify_id: &str,
) -> Result<Vec<Mbid>, CatalogueError> {
    let statement = match entity {
        Entity::Artist => Statement::ArtistsBySpotifyId,
        Entity::Album => Statement::AlbumsBySpotifyId,
    };
    gids(statement, &snapshot.query(statement, &[&spotify_id]).await?)
}

/// One page of all current links to Spotify, of `size` URLs, after the page whose `next` is `after` (empty for the
/// first).
pub(super) async fn read_page(
    snapshot: &Snapshot<'_>,
    entity: Entity,
    after: &str,
    size: i64,
) -> Result<SpotifyPage, CatalogueError> {
    let statement = match entity {
        Entity::Artist => Statement::SpotifyArtists,
        Entity::Album => Statement::SpotifyAlbums,
    };
    let rows = snapshot.query(statement, &[&after, &size]).await?;
    let mut page = SpotifyPage {
        links: Vec::with_capacity(rows.len()),
        next: None,
    };
    for row in &rows {
        let columns = Columns::new(statement, row);
        let url: &str = columns.get("url")?;
        // A page of URLs that link to nothing still moves the cursor on.
        page.next = Some(url.to_owned());
        let linked: Option<Uuid> = columns.get("gid")?;
        if let Some((linked, (_, id))) = linked.zip(url.rsplit_once('/')) {
            page.links.push((id.to_owned(), linked.into()));
        }
    }
    Ok(page)
}
