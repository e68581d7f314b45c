-- Release groups that somebody may miss in an artist's list: those credited to another artist first, which stand in that
-- one's list alone, and the artist's own in which Lidarr finds no audio track.
--
-- $1 uuid    the artist's MBID, current or old.
-- $2 uuid[]  special-purpose artists, whose list is empty on purpose.
-- $3 text[]  formats of media that Lidarr doesn't take for audio.
-- $4 bigint  most rows of each of the two.
WITH wanted AS (
    SELECT artist.id
    FROM musicbrainz.artist
    WHERE artist.gid = $1::uuid AND NOT artist.gid = ANY($2::uuid[])
    UNION ALL
    SELECT redirect.new_id
    FROM musicbrainz.artist_gid_redirect AS redirect
    JOIN musicbrainz.artist ON artist.id = redirect.new_id
    WHERE redirect.gid = $1::uuid AND NOT artist.gid = ANY($2::uuid[])
),

-- An artist may stand in a credit twice.
credit AS (
    SELECT
        credited.artist_credit,
        min(credited.position) AS position
    FROM wanted
    JOIN musicbrainz.artist_credit_name AS credited ON credited.artist = wanted.id
    GROUP BY credited.artist_credit
),

album AS (
    SELECT
        release_group.id,
        release_group.gid,
        release_group.name,
        release_group.artist_credit,
        credit.position = 0 AS is_first
    FROM credit
    JOIN musicbrainz.release_group ON release_group.artist_credit = credit.artist_credit
),

overlooked AS (
    SELECT
        album.gid,
        album.name,
        album.artist_credit,
        album.is_first,
        row_number() OVER (PARTITION BY album.is_first ORDER BY album.name COLLATE "C", album.gid) AS number
    FROM album
    WHERE
        NOT album.is_first
        OR NOT EXISTS (
            SELECT FROM musicbrainz.release
            JOIN musicbrainz.medium ON medium.release = release.id
            JOIN musicbrainz.track ON track.medium = medium.id
            JOIN musicbrainz.recording ON recording.id = track.recording
            LEFT JOIN musicbrainz.medium_format AS format ON format.id = medium.format
            WHERE
                release.release_group = album.id
                AND NOT track.is_data_track
                AND NOT recording.video
                AND coalesce(format.name, '') <> ALL($3::text[])
        )
)

SELECT
    overlooked.gid AS album_gid,
    overlooked.name AS title,
    overlooked.is_first,
    artist.gid AS artist_gid,
    artist.name AS artist_name
FROM overlooked
JOIN musicbrainz.artist_credit_name AS first_credited
    ON first_credited.artist_credit = overlooked.artist_credit AND first_credited.position = 0
JOIN musicbrainz.artist ON artist.id = first_credited.artist
WHERE overlooked.number <= $4::bigint
ORDER BY overlooked.is_first DESC, overlooked.number
