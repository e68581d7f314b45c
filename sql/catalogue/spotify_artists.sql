-- Every current link between an artist and a Spotify artist, in pages.
--
-- Fills the table from which Lidarr's batches of Spotify ids are answered.
--
-- $1 text    the last Spotify URL of the page before, empty for the first page.
-- $2 bigint  URLs a page.
WITH page AS (
    SELECT
        url.id,
        url.url
    FROM musicbrainz.url
    WHERE url.url > greatest($1::text, 'https://open.spotify.com/artist/')
        -- MusicBrainz's databases sort by code point, where `0` follows `/`: the range of everything that starts with the prefix.
        AND url.url < 'https://open.spotify.com/artist0'
    ORDER BY url.url
    LIMIT $2::bigint
)

SELECT
    page.url,
    artist.gid
FROM page
LEFT JOIN (
    musicbrainz.l_artist_url AS linked
    JOIN musicbrainz.link ON link.id = linked.link AND NOT link.ended
    JOIN musicbrainz.artist ON artist.id = linked.entity0
) ON linked.entity1 = page.id
ORDER BY page.url, artist.id
