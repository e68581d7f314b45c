-- Artists whose answers may have changed between two instants, with their old MBIDs.
--
-- Lidarr refreshes what `recent/artist` lists; it looks for the MBID it holds, which may be an old one, so those are
-- listed too. What an artist's albums change is told by changed_albums.sql, which names their artists.
--
-- $1 timestamptz  the instant; changes at it count.
-- $2 timestamptz  changes at this instant or later don't.
WITH touched AS (
    SELECT
        artist.id,
        artist.last_updated AS changed
    FROM musicbrainz.artist
    WHERE artist.last_updated >= $1::timestamptz AND artist.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        alias.artist,
        alias.last_updated
    FROM musicbrainz.artist_alias AS alias
    WHERE alias.last_updated >= $1::timestamptz AND alias.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        redirect.new_id,
        redirect.created
    FROM musicbrainz.artist_gid_redirect AS redirect
    WHERE redirect.created >= $1::timestamptz AND redirect.created < $2::timestamptz
    UNION ALL
    SELECT
        tagged.artist,
        tagged.last_updated
    FROM musicbrainz.artist_tag AS tagged
    WHERE tagged.last_updated >= $1::timestamptz AND tagged.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        linked.entity0,
        linked.last_updated
    FROM musicbrainz.l_artist_url AS linked
    WHERE linked.last_updated >= $1::timestamptz AND linked.last_updated < $2::timestamptz
    UNION ALL
    -- A URL can change under a link that stays.
    SELECT
        linked.entity0,
        url.last_updated
    FROM musicbrainz.url
    JOIN musicbrainz.l_artist_url AS linked ON linked.entity1 = url.id
    WHERE url.last_updated >= $1::timestamptz AND url.last_updated < $2::timestamptz
),

changed AS (
    SELECT
        touched.id,
        max(touched.changed) AS changed
    FROM touched
    GROUP BY touched.id
)

SELECT
    'artist' AS entity,
    artist.gid,
    changed.changed
FROM changed
JOIN musicbrainz.artist ON artist.id = changed.id
UNION ALL
SELECT
    'artist' AS entity,
    redirect.gid,
    changed.changed
FROM changed
JOIN musicbrainz.artist_gid_redirect AS redirect ON redirect.new_id = changed.id
