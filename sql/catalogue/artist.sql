-- Artists by MBID, old MBIDs included, in one batch.
--
-- Lidarr stores every column: name and sort name make the folder's name, aliases match imported files, the
-- disambiguation tells namesakes apart, the links and genres are shown and written to tags.
--
-- $1 uuid[]  MBIDs as asked; an MBID that was merged away finds the artist it was merged into.
WITH wanted AS (
    SELECT
        asked.gid AS asked,
        coalesce(artist.id, redirect.new_id) AS id
    FROM unnest($1::uuid[]) AS asked (gid)
    LEFT JOIN musicbrainz.artist ON artist.gid = asked.gid
    LEFT JOIN musicbrainz.artist_gid_redirect AS redirect ON redirect.gid = asked.gid
)
SELECT
    wanted.asked,
    artist.gid,
    artist.name,
    artist.sort_name,
    artist.comment AS disambiguation,
    artist_type.name AS type,
    artist.ended,
    artist_meta.rating,
    coalesce(artist_meta.rating_count, 0) AS rating_count,
    ARRAY(
        SELECT redirect.gid
        FROM musicbrainz.artist_gid_redirect AS redirect
        WHERE redirect.new_id = artist.id
        ORDER BY redirect.gid
    ) AS old_ids,
    -- Legal names and search hints would make Lidarr match other people's files.
    ARRAY(
        SELECT DISTINCT alias.name COLLATE "C" AS name
        FROM musicbrainz.artist_alias AS alias
        LEFT JOIN musicbrainz.artist_alias_type AS alias_type ON alias_type.id = alias.type
        WHERE alias.artist = artist.id
            AND (alias.type IS NULL OR alias_type.name = 'Artist name')
        ORDER BY name
    ) AS aliases,
    ARRAY(
        SELECT tag.name
        FROM musicbrainz.artist_tag
        JOIN musicbrainz.tag ON tag.id = artist_tag.tag
        -- The index that MusicBrainz has is on the lower case; without it, all genres are read for each artist.
        JOIN musicbrainz.genre ON lower(genre.name) = lower(tag.name) AND genre.name = tag.name
        WHERE artist_tag.artist = artist.id AND artist_tag.count > 0
        ORDER BY artist_tag.count DESC, tag.name COLLATE "C"
    ) AS genres,
    ARRAY(
        SELECT DISTINCT url.url COLLATE "C" AS url
        FROM musicbrainz.l_artist_url
        JOIN musicbrainz.link ON link.id = l_artist_url.link
        JOIN musicbrainz.url ON url.id = l_artist_url.entity1
        WHERE l_artist_url.entity0 = artist.id AND NOT link.ended
        ORDER BY url
    ) AS links
FROM wanted
JOIN musicbrainz.artist ON artist.id = wanted.id
LEFT JOIN musicbrainz.artist_type ON artist_type.id = artist.type
LEFT JOIN musicbrainz.artist_meta ON artist_meta.id = artist.id
