-- The release groups linked to a Spotify album, themselves or by one of their releases, current links first.
--
-- Lidarr's Spotify lists name albums by Spotify's id. Several release groups may link to one page; the first is the
-- best guess.
--
-- $1 text  Spotify's album id.
WITH page AS (
    SELECT url.id
    FROM musicbrainz.url
    WHERE url.url IN (
        'https://open.spotify.com/album/' || $1::text,
        'http://open.spotify.com/album/' || $1::text
    )
),

linked AS (
    SELECT
        by_group.entity0 AS release_group,
        link.ended
    FROM page
    JOIN musicbrainz.l_release_group_url AS by_group ON by_group.entity1 = page.id
    JOIN musicbrainz.link ON link.id = by_group.link
    UNION ALL
    SELECT
        release.release_group,
        link.ended
    FROM page
    JOIN musicbrainz.l_release_url AS by_release ON by_release.entity1 = page.id
    JOIN musicbrainz.link ON link.id = by_release.link
    JOIN musicbrainz.release ON release.id = by_release.entity0
)

SELECT release_group.gid
FROM linked
JOIN musicbrainz.release_group ON release_group.id = linked.release_group
GROUP BY release_group.id, release_group.gid
ORDER BY bool_and(linked.ended), release_group.id
