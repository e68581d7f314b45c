-- The releases of release groups, as the JSON list that Lidarr reads in `Releases`, and the artists their tracks name.
--
-- Lidarr keeps a release only if it has an audio track, makes the first one with the most tracks the monitored one,
-- and looks every track's artist up among the album's artists.
--
-- $1 uuid[]  MBIDs of release groups, current or old. A release group without releases gives no row.
WITH wanted AS (
    SELECT
        release.*,
        asked.gid AS asked
    FROM unnest($1::uuid[]) AS asked (gid)
    LEFT JOIN musicbrainz.release_group ON release_group.gid = asked.gid
    LEFT JOIN musicbrainz.release_group_gid_redirect AS redirect ON redirect.gid = asked.gid
    JOIN musicbrainz.release ON release.release_group = coalesce(release_group.id, redirect.new_id)
),

event AS (
    SELECT
        release_country.release,
        release_country.date_year::integer AS year,
        release_country.date_month::integer AS month,
        release_country.date_day::integer AS day
    FROM wanted
    JOIN musicbrainz.release_country ON release_country.release = wanted.id
    UNION ALL
    SELECT
        unknown_country.release,
        unknown_country.date_year,
        unknown_country.date_month,
        unknown_country.date_day
    FROM wanted
    JOIN musicbrainz.release_unknown_country AS unknown_country ON unknown_country.release = wanted.id
),

-- The earliest complete date, else the earliest partial one with its missing parts as 1; dates that no calendar has
-- count as unknown.
released AS (
    SELECT DISTINCT ON (event.release)
        event.release,
        make_date(event.year, coalesce(event.month, 1), coalesce(event.day, 1)) AS date
    FROM event
    WHERE
        event.year BETWEEN 1 AND 9999
        AND coalesce(event.month, 1) BETWEEN 1 AND 12
        AND coalesce(event.day, 1) BETWEEN 1 AND CASE
            WHEN event.month IN (4, 6, 9, 11) THEN 30
            WHEN coalesce(event.month, 1) <> 2 THEN 31
            WHEN event.year % 4 = 0 AND (event.year % 100 <> 0 OR event.year % 400 = 0) THEN 29
            ELSE 28
        END
    ORDER BY
        event.release,
        event.month IS NULL OR event.day IS NULL,
        event.year,
        event.month NULLS LAST,
        event.day NULLS LAST
),

-- Data tracks are no audio; Lidarr would wait for their files for ever.
song AS MATERIALIZED (
    SELECT
        medium.release,
        medium.position AS medium_position,
        track.id,
        track.gid,
        track.name,
        track.number,
        track.position,
        track.length,
        track.recording,
        track.artist_credit
    FROM wanted
    JOIN musicbrainz.medium ON medium.release = wanted.id
    JOIN musicbrainz.track ON track.medium = medium.id
    WHERE NOT track.is_data_track
),

-- Nor are videos. An album's releases share recordings and artists, so each is looked up once.
take AS MATERIALIZED (
    SELECT
        recording.id,
        recording.gid,
        ARRAY(
            SELECT redirect.gid
            FROM musicbrainz.recording_gid_redirect AS redirect
            WHERE redirect.new_id = recording.id
            ORDER BY redirect.gid
        ) AS old_ids
    FROM (SELECT DISTINCT song.recording FROM song) AS heard
    JOIN musicbrainz.recording ON recording.id = heard.recording
    WHERE NOT recording.video
),

performer AS MATERIALIZED (
    SELECT
        heard.artist_credit,
        artist.gid
    FROM (SELECT DISTINCT song.artist_credit FROM song) AS heard
    JOIN musicbrainz.artist_credit_name AS credited
        ON credited.artist_credit = heard.artist_credit AND credited.position = 0
    JOIN musicbrainz.artist ON artist.id = credited.artist
),

audio AS (
    SELECT
        song.release,
        performer.gid AS artist_gid,
        song.medium_position,
        song.position AS track_position,
        song.gid,
        (
            SELECT row_to_json(field)
            FROM (
                SELECT
                    song.gid AS "Id",
                    ARRAY(
                        SELECT redirect.gid
                        FROM musicbrainz.track_gid_redirect AS redirect
                        WHERE redirect.new_id = song.id
                        ORDER BY redirect.gid
                    ) AS "OldIds",
                    performer.gid AS "ArtistId",
                    take.gid AS "RecordingId",
                    take.old_ids AS "OldRecordingIds",
                    song.name AS "TrackName",
                    song.number AS "TrackNumber",
                    song.position AS "TrackPosition",
                    song.length AS "DurationMs",
                    song.medium_position AS "MediumNumber"
            ) AS field
        ) AS json
    FROM song
    JOIN take ON take.id = song.recording
    JOIN performer ON performer.artist_credit = song.artist_credit
),

tracklist AS (
    SELECT
        audio.release,
        json_agg(audio.json ORDER BY audio.medium_position, audio.track_position, audio.gid) AS tracks,
        array_agg(DISTINCT audio.artist_gid) AS artist_gids
    FROM audio
    GROUP BY audio.release
),

entry AS (
    SELECT
        wanted.asked,
        wanted.gid,
        wanted.status,
        released.date,
        tracklist.artist_gids,
        (
            SELECT row_to_json(field)
            FROM (
                SELECT
                    wanted.gid AS "Id",
                    ARRAY(
                        SELECT redirect.gid
                        FROM musicbrainz.release_gid_redirect AS redirect
                        WHERE redirect.new_id = wanted.id
                        ORDER BY redirect.gid
                    ) AS "OldIds",
                    wanted.name AS "Title",
                    -- Lidarr's column forbids null.
                    coalesce(status.name, '') AS "Status",
                    wanted.comment AS "Disambiguation",
                    ARRAY(
                        SELECT area.name
                        FROM musicbrainz.release_country
                        JOIN musicbrainz.area ON area.id = release_country.country
                        WHERE release_country.release = wanted.id
                        ORDER BY area.name COLLATE "C"
                    ) AS "Country",
                    ARRAY(
                        SELECT DISTINCT label.name COLLATE "C" AS name
                        FROM musicbrainz.release_label
                        JOIN musicbrainz.label ON label.id = release_label.label
                        WHERE release_label.release = wanted.id
                        ORDER BY name
                    ) AS "Label",
                    (
                        SELECT coalesce(json_agg(row_to_json(media) ORDER BY media."Position"), '[]')
                        FROM (
                            SELECT
                                medium.position AS "Position",
                                medium.name AS "Name",
                                -- The word Lidarr itself makes up for a release without media.
                                coalesce(format.name, 'Unknown') AS "Format"
                            FROM musicbrainz.medium
                            LEFT JOIN musicbrainz.medium_format AS format ON format.id = medium.format
                            WHERE medium.release = wanted.id
                        ) AS media
                    ) AS "Media",
                    released.date AS "ReleaseDate",
                    -- Of all media, videos included, as the official service counts.
                    (
                        SELECT coalesce(sum(medium.track_count), 0)
                        FROM musicbrainz.medium
                        WHERE medium.release = wanted.id
                    ) AS "TrackCount",
                    coalesce(tracklist.tracks, '[]') AS "Tracks"
            ) AS field
        ) AS json
    FROM wanted
    LEFT JOIN released ON released.release = wanted.id
    LEFT JOIN tracklist ON tracklist.release = wanted.id
    LEFT JOIN musicbrainz.release_status AS status ON status.id = wanted.status
)

SELECT
    entry.asked,
    json_agg(
        entry.json
        -- Lidarr monitors the first of the longest: let it be official, and the earliest.
        ORDER BY entry.status ASC NULLS LAST, entry.date ASC NULLS LAST, entry.gid
    ) AS releases,
    ARRAY(
        SELECT DISTINCT artist_gid
        FROM entry AS sibling, unnest(sibling.artist_gids) AS artist_gid
        WHERE sibling.asked = entry.asked
        ORDER BY artist_gid
    ) AS artist_gids
FROM entry
GROUP BY entry.asked
