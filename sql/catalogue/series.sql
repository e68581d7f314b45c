-- The release groups of a series, in the series' order.
--
-- Lidarr's import list adds each album with its artist.
--
-- $1 uuid  the series' MBID, current or old. A series without release groups gives one row of nulls, an unknown one
-- gives none.
SELECT
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
FROM (
    SELECT series.id
    FROM musicbrainz.series
    WHERE series.gid = $1::uuid
    UNION ALL
    SELECT redirect.new_id
    FROM musicbrainz.series_gid_redirect AS redirect
    WHERE redirect.gid = $1::uuid
    LIMIT 1
) AS wanted
LEFT JOIN musicbrainz.l_release_group_series AS part ON part.entity1 = wanted.id
LEFT JOIN musicbrainz.release_group ON release_group.id = part.entity0
LEFT JOIN musicbrainz.release_group_meta AS meta ON meta.id = release_group.id
LEFT JOIN musicbrainz.artist_credit_name AS credited
    ON credited.artist_credit = release_group.artist_credit AND credited.position = 0
LEFT JOIN musicbrainz.artist ON artist.id = credited.artist
CROSS JOIN LATERAL (
    SELECT
        meta.first_release_date_year::integer AS year,
        coalesce(meta.first_release_date_month, 1)::integer AS month,
        coalesce(meta.first_release_date_day, 1)::integer AS day
) AS first_release
ORDER BY part.link_order, release_group.name COLLATE "C", release_group.gid
