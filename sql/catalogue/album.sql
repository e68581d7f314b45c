-- Release groups by MBID, old MBIDs included, in one batch: everything but releases and artists.
--
-- $1 uuid[]  MBIDs as asked; an MBID that was merged away finds the release group it was merged into.
WITH wanted AS (
    SELECT
        asked.gid AS asked,
        coalesce(release_group.id, redirect.new_id) AS id
    FROM unnest($1::uuid[]) AS asked (gid)
    LEFT JOIN musicbrainz.release_group ON release_group.gid = asked.gid
    LEFT JOIN musicbrainz.release_group_gid_redirect AS redirect ON redirect.gid = asked.gid
)

SELECT
    wanted.asked,
    release_group.gid,
    release_group.name AS title,
    release_group.comment AS disambiguation,
    coalesce(primary_type.name, 'Other') AS type,
    artist.gid AS artist_gid,
    -- Replicas hold dates that no calendar has; they count as unknown.
    CASE
        WHEN
            first_release.year BETWEEN 1 AND 9999
            AND first_release.month BETWEEN 1 AND 12
            AND first_release.day BETWEEN 1 AND CASE
                WHEN first_release.month IN (4, 6, 9, 11) THEN 30
                WHEN first_release.month <> 2 THEN 31
                WHEN first_release.year % 4 = 0 AND (first_release.year % 100 <> 0 OR first_release.year % 400 = 0) THEN 29
                ELSE 28
            END
            THEN make_date(first_release.year, first_release.month, first_release.day)
    END AS date,
    meta.rating,
    coalesce(meta.rating_count, 0) AS rating_count,
    ARRAY(
        SELECT redirect.gid
        FROM musicbrainz.release_group_gid_redirect AS redirect
        WHERE redirect.new_id = release_group.id
        ORDER BY redirect.gid
    ) AS old_ids,
    ARRAY(
        SELECT secondary_type.name
        FROM musicbrainz.release_group_secondary_type_join AS typed
        JOIN musicbrainz.release_group_secondary_type AS secondary_type
            ON secondary_type.id = typed.secondary_type
        WHERE typed.release_group = release_group.id
        ORDER BY secondary_type.name COLLATE "C"
    ) AS secondary_types,
    -- Lidarr shows no album without a status; one whose releases all lack theirs counts as official.
    (
        SELECT
            coalesce(
                array_agg(DISTINCT status.name::text COLLATE "C") FILTER (WHERE status.name IS NOT NULL),
                CASE WHEN count(*) > 0 THEN ARRAY['Official'] ELSE '{}' END
            )
        FROM musicbrainz.release
        LEFT JOIN musicbrainz.release_status AS status ON status.id = release.status
        WHERE release.release_group = release_group.id
    ) AS release_statuses,
    -- Titles of releases count as aliases: files are tagged with them.
    ARRAY(
        SELECT alias.name COLLATE "C" AS name
        FROM musicbrainz.release_group_alias AS alias
        LEFT JOIN musicbrainz.release_group_alias_type AS alias_type ON alias_type.id = alias.type
        WHERE alias.release_group = release_group.id
            AND (alias.type IS NULL OR alias_type.name = 'Release group name')
        UNION
        SELECT release.name COLLATE "C" AS name
        FROM musicbrainz.release
        WHERE release.release_group = release_group.id AND release.name <> release_group.name
        ORDER BY name
    ) AS aliases,
    ARRAY(
        SELECT tag.name
        FROM musicbrainz.release_group_tag
        JOIN musicbrainz.tag ON tag.id = release_group_tag.tag
        -- The index that MusicBrainz has is on the lower case; without it, all genres are read for each album.
        JOIN musicbrainz.genre ON lower(genre.name) = lower(tag.name) AND genre.name = tag.name
        WHERE release_group_tag.release_group = release_group.id AND release_group_tag.count > 0
        ORDER BY release_group_tag.count DESC, tag.name COLLATE "C"
    ) AS genres,
    ARRAY(
        SELECT DISTINCT url.url COLLATE "C" AS url
        FROM musicbrainz.l_release_group_url
        JOIN musicbrainz.link ON link.id = l_release_group_url.link
        JOIN musicbrainz.url ON url.id = l_release_group_url.entity1
        WHERE l_release_group_url.entity0 = release_group.id AND NOT link.ended
        ORDER BY url
    ) AS links,
    cover.release_gid AS cover_release,
    cover.image AS cover_image,
    disc.release_gid AS disc_release,
    disc.image AS disc_image
FROM wanted
JOIN musicbrainz.release_group ON release_group.id = wanted.id
JOIN musicbrainz.artist_credit_name AS credited
    ON credited.artist_credit = release_group.artist_credit AND credited.position = 0
JOIN musicbrainz.artist ON artist.id = credited.artist
LEFT JOIN musicbrainz.release_group_primary_type AS primary_type
    ON primary_type.id = release_group.type
LEFT JOIN musicbrainz.release_group_meta AS meta ON meta.id = release_group.id
CROSS JOIN LATERAL (
    SELECT
        meta.first_release_date_year::integer AS year,
        coalesce(meta.first_release_date_month, 1)::integer AS month,
        coalesce(meta.first_release_date_day, 1)::integer AS day
) AS first_release
-- The front of the release that editors chose for the group, else of its earliest official release.
LEFT JOIN LATERAL (
    SELECT
        release.gid AS release_gid,
        cover_art.id AS image
    FROM musicbrainz.release
    JOIN cover_art_archive.cover_art ON cover_art.release = release.id
    JOIN cover_art_archive.cover_art_type ON cover_art_type.id = cover_art.id
    JOIN cover_art_archive.art_type ON art_type.id = cover_art_type.type_id AND art_type.name = 'Front'
    LEFT JOIN cover_art_archive.release_group_cover_art AS chosen
        ON chosen.release_group = release_group.id AND chosen.release = release.id
    LEFT JOIN musicbrainz.release_status AS status ON status.id = release.status
    LEFT JOIN LATERAL (
        SELECT min(event.date_year * 10000 + coalesce(event.date_month, 12) * 100 + coalesce(event.date_day, 31)) AS day_number
        FROM (
            SELECT release_country.date_year, release_country.date_month, release_country.date_day
            FROM musicbrainz.release_country
            WHERE release_country.release = release.id
            UNION ALL
            SELECT unknown_country.date_year, unknown_country.date_month, unknown_country.date_day
            FROM musicbrainz.release_unknown_country AS unknown_country
            WHERE unknown_country.release = release.id
        ) AS event
    ) AS released ON TRUE
    WHERE release.release_group = release_group.id
    ORDER BY
        chosen.release IS NULL,
        coalesce(status.name, '') <> 'Official',
        released.day_number ASC NULLS LAST,
        cover_art.ordering,
        cover_art.id
    LIMIT 1
) AS cover ON TRUE
-- The disc itself, by the same rule.
LEFT JOIN LATERAL (
    SELECT
        release.gid AS release_gid,
        cover_art.id AS image
    FROM musicbrainz.release
    JOIN cover_art_archive.cover_art ON cover_art.release = release.id
    JOIN cover_art_archive.cover_art_type ON cover_art_type.id = cover_art.id
    JOIN cover_art_archive.art_type ON art_type.id = cover_art_type.type_id AND art_type.name = 'Medium'
    LEFT JOIN cover_art_archive.release_group_cover_art AS chosen
        ON chosen.release_group = release_group.id AND chosen.release = release.id
    LEFT JOIN musicbrainz.release_status AS status ON status.id = release.status
    WHERE release.release_group = release_group.id
    ORDER BY
        chosen.release IS NULL,
        coalesce(status.name, '') <> 'Official',
        cover_art.ordering,
        cover_art.id
    LIMIT 1
) AS disc ON TRUE
