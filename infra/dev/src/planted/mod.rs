//! Well-known names, planted in a replica for search: artists that people look for, among decoys of the same names.

use std::hash::{DefaultHasher, Hash, Hasher};

use postgres::Client;

/// Ids from here on are free in every replica.
const FIRST_ID: i32 = 100_000_000;

/// A planted artist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artist {
    /// MBID.
    pub mbid: String,
    /// Name.
    pub name: String,
    /// Name as sorted.
    pub sort_name: String,
    /// How well it is known, 0 to 100.
    pub renown: i32,
    /// Other names.
    pub aliases: Vec<String>,
    /// Its albums.
    pub albums: Vec<Album>,
}

/// A planted album.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Album {
    /// MBID.
    pub mbid: String,
    /// Title.
    pub title: String,
    /// Primary type's name.
    pub kind: String,
    /// How well it is known, 0 to 100.
    pub renown: i32,
    /// Other titles.
    pub aliases: Vec<String>,
}

/// The artists that people look for.
pub fn artists() -> Vec<Artist> {
    let mut artists: Vec<Artist> = Vec::new();
    let lines = include_str!("names.txt").lines();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let others = |text: &str| {
            text.split(" / ")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        };
        match fields[..] {
            [title, kind, renown, aliases] if line.starts_with(' ') => {
                let artist = artists
                    .last_mut()
                    .expect("an album's artist comes before it");
                artist.albums.push(Album {
                    mbid: made_up(&("album", &artist.name, title)),
                    title: title.to_owned(),
                    kind: kind.to_owned(),
                    renown: renown.parse().expect("renown is a number"),
                    aliases: others(aliases),
                });
            }
            [mbid, name, sort_name, renown, aliases] => artists.push(Artist {
                mbid: match mbid {
                    "-" => made_up(&("artist", name)),
                    known => known.to_owned(),
                },
                name: name.to_owned(),
                sort_name: sort_name.to_owned(),
                renown: renown.parse().expect("renown is a number"),
                aliases: others(aliases),
                albums: Vec::new(),
            }),
            _ => panic!("not a line of names: {line:?}"),
        }
    }
    artists
}

/// Unknown artists and albums that bear the names of known ones, or names that contain them.
pub fn decoys() -> Vec<Artist> {
    let mut decoys = Vec::new();
    for artist in artists() {
        for (number, name) in [
            artist.name.clone(),
            format!("{} Tribute Band", artist.name),
            format!("The {} Experience", artist.name),
        ]
        .into_iter()
        .enumerate()
        {
            let mut decoy = unknown(&name, number);
            // An unknown artist's only album bears a known artist's name, or one of its titles.
            let titles =
                std::iter::once(&artist.name).chain(artist.albums.iter().map(|album| &album.title));
            if let Some(title) = titles.cycle().nth(number) {
                decoy.albums.push(unknown_album(&decoy.mbid, title));
            }
            decoys.push(decoy);
        }
    }
    for number in 0..10 {
        let mut decoy = unknown(&format!("Covers Unlimited {number}"), number);
        decoy.albums.push(unknown_album(&decoy.mbid, "Beatles"));
        decoy.albums.push(unknown_album(&decoy.mbid, "Kamikaze"));
        decoys.push(decoy);
    }
    decoys
}

fn unknown(name: &str, number: usize) -> Artist {
    Artist {
        mbid: made_up(&("decoy", name, number)),
        name: name.to_owned(),
        sort_name: name.to_owned(),
        renown: i32::from(number == 0) * 2,
        aliases: Vec::new(),
        albums: Vec::new(),
    }
}

fn unknown_album(artist: &str, title: &str) -> Album {
    Album {
        mbid: made_up(&("decoy", artist, title)),
        title: title.to_owned(),
        kind: "Album".to_owned(),
        renown: 1,
        aliases: Vec::new(),
    }
}

/// A UUID that is the same at every run.
fn made_up(of: &impl Hash) -> String {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, of).hash(&mut hasher);
        hasher.finish()
    };
    let (high, low) = (half(0), half(1));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

/// Plants artists in a replica. Those whose MBID is there keep their rows, and get what they lack.
pub fn plant(client: &mut Client, artists: &[Artist]) -> Result<(), postgres::Error> {
    let mut transaction = client.transaction()?;
    transaction.batch_execute("SET LOCAL search_path = musicbrainz, public")?;
    let mut ids = FIRST_ID..;
    let row = transaction.query_one(
        "SELECT greatest((SELECT max(id) FROM artist), (SELECT max(id) FROM artist_alias), \
         (SELECT max(id) FROM release_group), (SELECT max(id) FROM release), (SELECT max(id) FROM artist_credit))",
        &[],
    )?;
    if let Some(last) = row.get::<_, Option<i32>>(0) {
        ids = FIRST_ID.max(last + 1)..;
    }
    let mut next = || ids.next().expect("there are ids enough");
    for artist in artists {
        let artist_id = match transaction.query_opt(
            "SELECT id FROM artist WHERE gid = $1::text::uuid",
            &[&artist.mbid],
        )? {
            Some(row) => row.get(0),
            None => {
                let id = next();
                transaction.execute(
                    "INSERT INTO artist (id, gid, name, sort_name, comment, last_updated) \
                     VALUES ($1, $2::text::uuid, $3, $4, $5, '2026-07-01')",
                    &[
                        &id,
                        &artist.mbid,
                        &artist.name,
                        &artist.sort_name,
                        &artist.mbid,
                    ],
                )?;
                id
            }
        };
        transaction.execute(
            "INSERT INTO artist_meta (id, rating, rating_count) VALUES ($1, 80, $2) \
             ON CONFLICT (id) DO UPDATE SET rating_count = excluded.rating_count",
            &[&artist_id, &(artist.renown * 5)],
        )?;
        transaction.execute(
            "INSERT INTO artist_tag (artist, tag, count, last_updated) \
             SELECT $1, min(id), $2, '2026-07-01' FROM tag \
             ON CONFLICT (artist, tag) DO UPDATE SET count = excluded.count",
            &[&artist_id, &(artist.renown * 2)],
        )?;
        for alias in &artist.aliases {
            transaction.execute(
                "INSERT INTO artist_alias (id, artist, name, sort_name, type, last_updated) \
                 VALUES ($1, $2, $3, $3, 1, '2026-07-01')",
                &[&next(), &artist_id, alias],
            )?;
        }
        let credit = next();
        transaction.execute(
            "INSERT INTO artist_credit (id, gid, name, artist_count, created) \
             VALUES ($1, $2::text::uuid, $3, 1, '2026-07-01')",
            &[&credit, &made_up(&("credit", &artist.mbid)), &artist.name],
        )?;
        transaction.execute(
            "INSERT INTO artist_credit_name (artist_credit, position, artist, name) VALUES ($1, 0, $2, $3)",
            &[&credit, &artist_id, &artist.name],
        )?;
        for album in &artist.albums {
            let id = next();
            transaction.execute(
                "INSERT INTO release_group (id, gid, name, artist_credit, type, last_updated) \
                 SELECT $1, $2::text::uuid, $3, $4, max(id), '2026-07-01' \
                 FROM release_group_primary_type WHERE name = $5",
                &[&id, &album.mbid, &album.title, &credit, &album.kind],
            )?;
            let releases = album.renown / 3 + 1;
            transaction.execute(
                "INSERT INTO release_group_meta (id, release_count, rating, rating_count) VALUES ($1, $2, 80, $3) \
                 ON CONFLICT (id) DO UPDATE SET rating_count = excluded.rating_count",
                &[&id, &releases, &(album.renown * 2)],
            )?;
            for alias in &album.aliases {
                transaction.execute(
                    "INSERT INTO release_group_alias (id, release_group, name, sort_name, last_updated) \
                     VALUES ($1, $2, $3, $3, '2026-07-01')",
                    &[&next(), &id, alias],
                )?;
            }
            for number in 0..releases {
                transaction.execute(
                    "INSERT INTO release (id, gid, name, artist_credit, release_group, status, last_updated) \
                     VALUES ($1, $2::text::uuid, $3, $4, $5, 1, '2026-07-01')",
                    &[
                        &next(),
                        &made_up(&("release", &album.mbid, number)),
                        &album.title,
                        &credit,
                        &id,
                    ],
                )?;
            }
        }
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_planted_name_has_an_mbid_of_its_own() {
        let all = [artists(), decoys()].concat();
        let albums = all
            .iter()
            .flat_map(|artist| &artist.albums)
            .map(|album| &album.mbid);
        let mbids: Vec<&String> = all
            .iter()
            .map(|artist| &artist.mbid)
            .chain(albums)
            .collect();
        let different: HashSet<&&String> = mbids.iter().collect();
        assert!(all.len() > 400 && artists().len() > 120);
        assert_eq!(different.len(), mbids.len());
        assert!(mbids.iter().all(|mbid| mbid.len() == 36));
    }

    #[test]
    fn an_artist_comes_with_its_other_names_and_albums() {
        let artists = artists();
        let eminem = artists
            .iter()
            .find(|artist| artist.name == "Eminem")
            .unwrap();
        assert_eq!(
            eminem.aliases,
            ["Slim Shady", "Marshall Mathers", "エミネム"]
        );
        assert_eq!(
            (eminem.albums[0].title.as_str(), eminem.albums[0].renown),
            ("Kamikaze", 60)
        );
    }
}
