-- The release groups credited first to an artist, as the JSON list that Lidarr reads in `Albums`.
--
-- Lidarr filters the list by type, secondary types and statuses, and deletes what is missing from it; only the first
-- credit counts, or a collaboration would stand in every collaborator's library.
--
-- $1 uuid    the artist's MBID, current or old.
-- $2 uuid[]  special-purpose artists, whose list stays empty: nobody wants all of Various Artists in a library.
WITH wanted AS (
    SELECT artist.id
    FROM musicbrainz.artist
    WHERE artist.gid = $1::uuid
    UNION ALL
    SELECT redirect.new_id
    FROM musicbrainz.artist_gid_redirect AS redirect
    WHERE redirect.gid = $1::uuid
),

album AS MATERIALIZED (
    SELECT
        release_group.id,
        release_group.gid,
        release_group.name,
        release_group.type
    FROM wanted
    JOIN musicbrainz.artist_credit_name AS credited
        ON credited.artist = wanted.id AND credited.position = 0
    JOIN musicbrainz.release_group ON release_group.artist_credit = credited.artist_credit
    WHERE wanted.id NOT IN (
        SELECT special.id
        FROM musicbrainz.artist AS special
        WHERE special.gid = ANY($2::uuid[])
    )
),

-- What few albums have, and what all have, is gathered once for all of them: a sub-query for each of thousands of
-- albums costs half as much again.
former AS (
    SELECT
        album.id,
        array_agg(redirect.gid ORDER BY redirect.gid) AS gids
    FROM album
    JOIN musicbrainz.release_group_gid_redirect AS redirect ON redirect.new_id = album.id
    GROUP BY album.id
),

typed AS (
    SELECT
        album.id,
        array_agg(secondary_type.name ORDER BY secondary_type.name COLLATE "C") AS names
    FROM album
    JOIN musicbrainz.release_group_secondary_type_join AS has_type ON has_type.release_group = album.id
    JOIN musicbrainz.release_group_secondary_type AS secondary_type
        ON secondary_type.id = has_type.secondary_type
    GROUP BY album.id
),

published AS (
    SELECT
        album.id,
        -- Lidarr shows no album without a status; one whose releases all lack theirs counts as official.
        coalesce(
            array_agg(DISTINCT status.name::text COLLATE "C") FILTER (WHERE status.name IS NOT NULL),
            ARRAY['Official']
        ) AS statuses
    FROM album
    JOIN musicbrainz.release ON release.release_group = album.id
    LEFT JOIN musicbrainz.release_status AS status ON status.id = release.status
    GROUP BY album.id
)

SELECT
    -- `json` rather than `jsonb`: its bytes go to the client as they are.
    coalesce(
        json_agg(entry ORDER BY entry."ReleaseDate" ASC NULLS LAST, entry."Title" COLLATE "C", entry."Id"),
        '[]'
    ) AS albums
FROM (
    SELECT
        album.gid AS "Id",
        coalesce(former.gids, '{}') AS "OldIds",
        album.name AS "Title",
        coalesce(primary_type.name, 'Other') AS "Type",
        coalesce(typed.names, '{}') AS "SecondaryTypes",
        coalesce(published.statuses, '{}') AS "ReleaseStatuses",
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
        END AS "ReleaseDate",
        CASE
            WHEN meta.rating_count > 0
                THEN (
                    SELECT row_to_json(rated)
                    FROM (
                        SELECT
                            meta.rating_count AS "Count",
                            round(meta.rating / 10.0, 1) AS "Value"
                    ) AS rated
                )
        END AS "Rating"
    FROM album
    LEFT JOIN former ON former.id = album.id
    LEFT JOIN typed ON typed.id = album.id
    LEFT JOIN published ON published.id = album.id
    LEFT JOIN musicbrainz.release_group_primary_type AS primary_type ON primary_type.id = album.type
    LEFT JOIN musicbrainz.release_group_meta AS meta ON meta.id = album.id
    CROSS JOIN LATERAL (
        SELECT
            meta.first_release_date_year::integer AS year,
            coalesce(meta.first_release_date_month, 1)::integer AS month,
            coalesce(meta.first_release_date_day, 1)::integer AS day
    ) AS first_release
) AS entry
