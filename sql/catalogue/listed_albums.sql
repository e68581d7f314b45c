-- Release groups as lists show them, by MBIDs of theirs or of their releases, current or old.
--
-- Last.fm's charts name albums by a release of theirs.
--
-- $1 uuid[]  the MBIDs. Unknown ones are left out.
WITH asked AS (
    SELECT DISTINCT asked.gid
    FROM unnest($1::uuid[]) AS asked (gid)
),

found AS (
    SELECT
        asked.gid AS asked,
        release_group.id
    FROM asked
    JOIN musicbrainz.release_group ON release_group.gid = asked.gid
    UNION ALL
    SELECT
        asked.gid,
        redirect.new_id
    FROM asked
    JOIN musicbrainz.release_group_gid_redirect AS redirect ON redirect.gid = asked.gid
    UNION ALL
    SELECT
        asked.gid,
        release.release_group
    FROM asked
    JOIN musicbrainz.release ON release.gid = asked.gid
    UNION ALL
    SELECT
        asked.gid,
        release.release_group
    FROM asked
    JOIN musicbrainz.release_gid_redirect AS redirect ON redirect.gid = asked.gid
    JOIN musicbrainz.release ON release.id = redirect.new_id
)

SELECT
    found.asked,
    release_group.gid AS album_gid,
    release_group.name AS album_title,
    artist.gid AS artist_gid,
    artist.name AS artist_name,
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
    END AS date
FROM found
JOIN musicbrainz.release_group ON release_group.id = found.id
JOIN musicbrainz.artist_credit_name AS credited
    ON credited.artist_credit = release_group.artist_credit AND credited.position = 0
JOIN musicbrainz.artist ON artist.id = credited.artist
LEFT JOIN musicbrainz.release_group_meta AS meta ON meta.id = release_group.id
CROSS JOIN LATERAL (
    SELECT
        meta.first_release_date_year::integer AS year,
        coalesce(meta.first_release_date_month, 1)::integer AS month,
        coalesce(meta.first_release_date_day, 1)::integer AS day
) AS first_release
