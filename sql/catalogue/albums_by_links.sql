-- The release group that each of many pages is about: linked to it itself or by one of its releases. Current links go
-- before ended ones, then older release groups before newer ones.
--
-- $1 text[]  the pages' URLs, as MusicBrainz writes them. Those that nothing links to are left out.
WITH page AS (
    SELECT
        url.id,
        url.url
    FROM musicbrainz.url
    WHERE url.url = ANY($1::text[])
),

linked AS (
    SELECT
        page.url,
        by_group.entity0 AS release_group,
        link.ended
    FROM page
    JOIN musicbrainz.l_release_group_url AS by_group ON by_group.entity1 = page.id
    JOIN musicbrainz.link ON link.id = by_group.link
    UNION ALL
    SELECT
        page.url,
        release.release_group,
        link.ended
    FROM page
    JOIN musicbrainz.l_release_url AS by_release ON by_release.entity1 = page.id
    JOIN musicbrainz.link ON link.id = by_release.link
    JOIN musicbrainz.release ON release.id = by_release.entity0
)

SELECT DISTINCT ON (linked.url)
    linked.url,
    release_group.gid
FROM linked
JOIN musicbrainz.release_group ON release_group.id = linked.release_group
ORDER BY linked.url, linked.ended, release_group.id
