-- What the search index holds of artists: how they are called, and what tells how much they matter.
--
-- $1 uuid[]  MBIDs. Only current ones are found: the index knows no others.
SELECT
    artist.gid,
    artist.name,
    artist.sort_name,
    -- Search hints and legal names too: they are what people type.
    ARRAY(
        SELECT DISTINCT alias.name COLLATE "C" AS name
        FROM musicbrainz.artist_alias AS alias
        WHERE alias.artist = artist.id
        ORDER BY name
        LIMIT 200
    ) AS aliases,
    (
        SELECT count(*)
        -- Beyond so many, more of them say no more.
        FROM (
            SELECT
            FROM musicbrainz.artist_credit_name AS credited
            JOIN musicbrainz.release_group ON release_group.artist_credit = credited.artist_credit
            WHERE credited.artist = artist.id
            LIMIT 1000
        ) AS credited_with
    ) AS albums,
    coalesce(artist_meta.rating_count, 0)::bigint AS ratings,
    (
        SELECT coalesce(sum(artist_tag.count), 0)
        FROM musicbrainz.artist_tag
        WHERE artist_tag.artist = artist.id AND artist_tag.count > 0
    ) AS tags,
    (
        SELECT count(*)
        FROM musicbrainz.l_artist_url
        WHERE l_artist_url.entity0 = artist.id
    ) AS links
FROM musicbrainz.artist
LEFT JOIN musicbrainz.artist_meta ON artist_meta.id = artist.id
WHERE artist.gid = ANY ($1::uuid[])
ORDER BY artist.gid
