use linernotes_shared::Mbid;
use uuid::Uuid;

use super::*;

/// An index that knows everything by its own names, and by whatever else it is asked for.
struct Index(Vec<AlbumCandidate>);

#[async_trait]
impl TextMatch for Index {
    async fn albums(
        &self,
        names: &[AlbumName],
    ) -> Result<Vec<Vec<AlbumCandidate>>, CatalogueError> {
        Ok(vec![self.0.clone(); names.len()])
    }

    async fn artists(&self, _: &[String]) -> Result<Vec<Vec<ArtistCandidate>>, CatalogueError> {
        Ok(Vec::new())
    }
}

fn mbid(number: u128) -> Mbid {
    Uuid::from_u128(number).into()
}

fn candidate(number: u128, title: &str, credit: &str, by_alias: bool) -> AlbumCandidate {
    AlbumCandidate {
        album: mbid(number),
        title: title.to_owned(),
        artist: mbid(99),
        artist_name: credit.split(" & ").next().unwrap().to_owned(),
        credit: credit.to_owned(),
        by_alias,
    }
}

async fn matched(artist: &str, title: &str, candidates: &[AlbumCandidate]) -> Option<u128> {
    let names = [AlbumName {
        artist: artist.to_owned(),
        title: title.to_owned(),
    }];
    let found = albums(&Index(candidates.to_vec()), &names, Likeness::at_least(0.8)).await;
    let found = found.unwrap().remove(0);
    found.map(|candidate| candidate.album.uuid().as_u128())
}

#[tokio::test]
async fn title_and_artist_must_both_be_alike() {
    let candidates = [candidate(1, "30", "Adele", false)];
    assert_eq!(matched("Adele", "30", &candidates).await, Some(1));
    assert_eq!(
        matched("ADÈLE", "30 (Deluxe Edition)", &candidates).await,
        Some(1)
    );
    assert_eq!(matched("Adele", "25", &candidates).await, None);
    assert_eq!(matched("Abba", "30", &candidates).await, None);
}

#[tokio::test]
async fn the_edition_that_is_named_goes_before_the_album_without_it() {
    let candidates = [
        candidate(1, "1989", "Taylor Swift", false),
        candidate(2, "1989 (Deluxe Edition)", "Taylor Swift", false),
    ];
    assert_eq!(
        matched("Taylor Swift", "1989 (Deluxe Edition)", &candidates).await,
        Some(2)
    );
    assert_eq!(
        matched("Taylor Swift", "1989 (Deluxe)", &candidates[..1]).await,
        Some(1)
    );
}

#[tokio::test]
async fn of_those_as_alike_the_likeliest_is_taken() {
    let candidates = [
        candidate(1, "Weezer", "Weezer", false),
        candidate(2, "Weezer", "Weezer", false),
    ];
    assert_eq!(matched("Weezer", "Weezer", &candidates).await, Some(1));
}

#[tokio::test]
async fn an_album_of_several_artists_isnt_one_of_the_first_alone() {
    let both = candidate(1, "Her Loss", "Drake & 21 Savage", false);
    let alone = candidate(2, "Her Loss", "Drake", false);
    assert_eq!(
        matched(
            "Drake & 21 Savage",
            "Her Loss",
            &[alone.clone(), both.clone()]
        )
        .await,
        Some(1)
    );
    assert_eq!(
        matched("Drake & 21 Savage", "Her Loss", &[alone]).await,
        None
    );
    // Shops and charts often name the first alone.
    assert_eq!(matched("Drake", "Her Loss", &[both]).await, Some(1));
}

#[tokio::test]
async fn an_alias_is_as_good_as_the_name() {
    let by_alias = [candidate(1, "Donda", "Ye", true)];
    assert_eq!(matched("Kanye West", "Donda", &by_alias).await, Some(1));
    assert_eq!(matched("Kanye West", "Graduation", &by_alias).await, None);
    let by_name = [candidate(1, "Donda", "Ye", false)];
    assert_eq!(matched("Kanye West", "Donda", &by_name).await, None);
}
