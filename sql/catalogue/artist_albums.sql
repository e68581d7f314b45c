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

album AS (
    SELECT
        release_group.id,
        release_group.gid,
        release_group.name,
        coalesce(primary_type.name, 'Other') AS type,
        meta.first_release_date_year AS year,
        coalesce(meta.first_release_date_month, 1) AS month,
        coalesce(meta.first_release_date_day, 1) AS day,
        meta.rating,
        meta.rating_count
    FROM wanted
    JOIN musicbrainz.artist_credit_name AS credited
        ON credited.artist = wanted.id AND credited.position = 0
    JOIN musicbrainz.release_group ON release_group.artist_credit = credited.artist_credit
    LEFT JOIN musicbrainz.release_group_primary_type AS primary_type
        ON primary_type.id = release_group.type
    LEFT JOIN musicbrainz.release_group_meta AS meta ON meta.id = release_group.id
    WHERE wanted.id NOT IN (
        SELECT special.id
        FROM musicbrainz.artist AS special
        WHERE special.gid = ANY($2::uuid[])
    )
),

dated AS (
    SELECT
        album.*,
        -- Replicas hold dates that no calendar has; they count as unknown.
        CASE
            WHEN
                album.year BETWEEN 1 AND 9999
                AND album.month BETWEEN 1 AND 12
                AND album.day BETWEEN 1 AND CASE
                    WHEN album.month IN (4, 6, 9, 11) THEN 30
                    WHEN album.month <> 2 THEN 31
                    WHEN album.year % 4 = 0 AND (album.year % 100 <> 0 OR album.year % 400 = 0) THEN 29
                    ELSE 28
                END
                THEN to_char(album.year, 'FM0000') || '-' || to_char(album.month, 'FM00') || '-' || to_char(album.day, 'FM00')
        END AS date
    FROM album
),

entry AS (
    SELECT
        dated.date,
        dated.name,
        dated.gid,
        (
            SELECT row_to_json(field)
            FROM (
                SELECT
                    dated.gid AS "Id",
                    ARRAY(
                        SELECT redirect.gid
                        FROM musicbrainz.release_group_gid_redirect AS redirect
                        WHERE redirect.new_id = dated.id
                        ORDER BY redirect.gid
                    ) AS "OldIds",
                    dated.name AS "Title",
                    dated.type AS "Type",
                    ARRAY(
                        SELECT secondary_type.name
                        FROM musicbrainz.release_group_secondary_type_join AS typed
                        JOIN musicbrainz.release_group_secondary_type AS secondary_type
                            ON secondary_type.id = typed.secondary_type
                        WHERE typed.release_group = dated.id
                        ORDER BY secondary_type.name COLLATE "C"
                    ) AS "SecondaryTypes",
                    ARRAY(
                        SELECT DISTINCT status.name COLLATE "C" AS name
                        FROM musicbrainz.release
                        JOIN musicbrainz.release_status AS status ON status.id = release.status
                        WHERE release.release_group = dated.id
                        ORDER BY name
                    ) AS "ReleaseStatuses",
                    dated.date AS "ReleaseDate",
                    CASE
                        WHEN dated.rating_count > 0
                            THEN (
                                SELECT row_to_json(rated)
                                FROM (
                                    SELECT
                                        dated.rating_count AS "Count",
                                        round(dated.rating / 10.0, 1) AS "Value"
                                ) AS rated
                            )
                    END AS "Rating"
            ) AS field
        ) AS json
    FROM dated
)

SELECT
    -- `json` rather than `jsonb`: its bytes go to the client as they are.
    coalesce(
        json_agg(entry.json ORDER BY entry.date ASC NULLS LAST, entry.name COLLATE "C", entry.gid),
        '[]'
    ) AS albums
FROM entry
