-- Every current link between a release group, or one of its releases, and a Spotify album, in pages.
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
    WHERE url.url > greatest($1::text, 'https://open.spotify.com/album/')
        -- MusicBrainz's databases sort by code point, where `0` follows `/`: the range of everything that starts with the prefix.
        AND url.url < 'https://open.spotify.com/album0'
    ORDER BY url.url
    LIMIT $2::bigint
),

linked AS (
    SELECT
        page.id,
        by_group.entity0 AS release_group
    FROM page
    JOIN musicbrainz.l_release_group_url AS by_group ON by_group.entity1 = page.id
    JOIN musicbrainz.link ON link.id = by_group.link AND NOT link.ended
    UNION
    SELECT
        page.id,
        release.release_group
    FROM page
    JOIN musicbrainz.l_release_url AS by_release ON by_release.entity1 = page.id
    JOIN musicbrainz.link ON link.id = by_release.link AND NOT link.ended
    JOIN musicbrainz.release ON release.id = by_release.entity0
)

SELECT
    page.url,
    release_group.gid
FROM page
LEFT JOIN linked ON linked.id = page.id
LEFT JOIN musicbrainz.release_group ON release_group.id = linked.release_group
ORDER BY page.url, release_group.id
