-- Release groups whose answers may have changed between two instants, each with the artist credited first, and with their
-- old MBIDs.
--
-- Lidarr refreshes what `recent/album` lists, but only while it refreshes the album's artist: a changed album is of no
-- use to it without that artist in `recent/artist`.
--
-- $1 timestamptz  the instant; changes at it count.
-- $2 timestamptz  changes at this instant or later don't.
WITH recording_touched AS (
    SELECT
        recording.id,
        recording.last_updated AS changed
    FROM musicbrainz.recording
    WHERE recording.last_updated >= $1::timestamptz AND recording.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        redirect.new_id,
        redirect.created
    FROM musicbrainz.recording_gid_redirect AS redirect
    WHERE redirect.created >= $1::timestamptz AND redirect.created < $2::timestamptz
),

medium_touched AS (
    SELECT
        track.medium AS id,
        track.last_updated AS changed
    FROM musicbrainz.track
    WHERE track.last_updated >= $1::timestamptz AND track.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        track.medium,
        redirect.created
    FROM musicbrainz.track_gid_redirect AS redirect
    JOIN musicbrainz.track ON track.id = redirect.new_id
    WHERE redirect.created >= $1::timestamptz AND redirect.created < $2::timestamptz
    UNION ALL
    SELECT
        track.medium,
        recording_touched.changed
    FROM recording_touched
    JOIN musicbrainz.track ON track.recording = recording_touched.id
),

release_touched AS (
    SELECT
        medium.release AS id,
        medium.last_updated AS changed
    FROM musicbrainz.medium
    WHERE medium.last_updated >= $1::timestamptz AND medium.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        medium.release,
        of_medium.changed
    FROM (
        SELECT
            medium_touched.id,
            max(medium_touched.changed) AS changed
        FROM medium_touched
        GROUP BY medium_touched.id
    ) AS of_medium
    JOIN musicbrainz.medium ON medium.id = of_medium.id
    UNION ALL
    SELECT
        redirect.new_id,
        redirect.created
    FROM musicbrainz.release_gid_redirect AS redirect
    WHERE redirect.created >= $1::timestamptz AND redirect.created < $2::timestamptz
    UNION ALL
    SELECT
        release_label.release,
        release_label.last_updated
    FROM musicbrainz.release_label
    WHERE release_label.last_updated >= $1::timestamptz AND release_label.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        cover_art.release,
        cover_art.date_uploaded
    FROM cover_art_archive.cover_art
    WHERE cover_art.date_uploaded >= $1::timestamptz AND cover_art.date_uploaded < $2::timestamptz
),

touched AS (
    SELECT
        release_group.id,
        release_group.last_updated AS changed
    FROM musicbrainz.release_group
    WHERE release_group.last_updated >= $1::timestamptz AND release_group.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        alias.release_group,
        alias.last_updated
    FROM musicbrainz.release_group_alias AS alias
    WHERE alias.last_updated >= $1::timestamptz AND alias.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        redirect.new_id,
        redirect.created
    FROM musicbrainz.release_group_gid_redirect AS redirect
    WHERE redirect.created >= $1::timestamptz AND redirect.created < $2::timestamptz
    UNION ALL
    SELECT
        typed.release_group,
        typed.created
    FROM musicbrainz.release_group_secondary_type_join AS typed
    WHERE typed.created >= $1::timestamptz AND typed.created < $2::timestamptz
    UNION ALL
    SELECT
        tagged.release_group,
        tagged.last_updated
    FROM musicbrainz.release_group_tag AS tagged
    WHERE tagged.last_updated >= $1::timestamptz AND tagged.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        linked.entity0,
        linked.last_updated
    FROM musicbrainz.l_release_group_url AS linked
    WHERE linked.last_updated >= $1::timestamptz AND linked.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        linked.entity0,
        url.last_updated
    FROM musicbrainz.url
    JOIN musicbrainz.l_release_group_url AS linked ON linked.entity1 = url.id
    WHERE url.last_updated >= $1::timestamptz AND url.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        release.release_group,
        release.last_updated
    FROM musicbrainz.release
    WHERE release.last_updated >= $1::timestamptz AND release.last_updated < $2::timestamptz
    UNION ALL
    SELECT
        release.release_group,
        of_release.changed
    FROM (
        SELECT
            release_touched.id,
            max(release_touched.changed) AS changed
        FROM release_touched
        GROUP BY release_touched.id
    ) AS of_release
    JOIN musicbrainz.release ON release.id = of_release.id
    UNION ALL
    -- An artist that took in another now has the other's albums, whose own rows stay as they were.
    SELECT
        release_group.id,
        redirect.created
    FROM musicbrainz.artist_gid_redirect AS redirect
    JOIN musicbrainz.artist_credit_name AS credited
        ON credited.artist = redirect.new_id AND credited.position = 0
    JOIN musicbrainz.release_group ON release_group.artist_credit = credited.artist_credit
    WHERE redirect.created >= $1::timestamptz AND redirect.created < $2::timestamptz
),

changed AS (
    SELECT
        touched.id,
        max(touched.changed) AS changed
    FROM touched
    GROUP BY touched.id
),

album AS (
    SELECT
        changed.id,
        changed.changed,
        release_group.gid,
        credited.artist
    FROM changed
    JOIN musicbrainz.release_group ON release_group.id = changed.id
    JOIN musicbrainz.artist_credit_name AS credited
        ON credited.artist_credit = release_group.artist_credit AND credited.position = 0
)

SELECT
    'album' AS entity,
    album.gid,
    album.changed
FROM album
UNION ALL
SELECT
    'album' AS entity,
    redirect.gid,
    album.changed
FROM album
JOIN musicbrainz.release_group_gid_redirect AS redirect ON redirect.new_id = album.id
UNION ALL
SELECT
    'artist' AS entity,
    artist.gid,
    of_artist.changed
FROM (
    SELECT
        album.artist,
        max(album.changed) AS changed
    FROM album
    GROUP BY album.artist
) AS of_artist
JOIN musicbrainz.artist ON artist.id = of_artist.artist
UNION ALL
SELECT
    'artist' AS entity,
    redirect.gid,
    max(album.changed) AS changed
FROM album
JOIN musicbrainz.artist_gid_redirect AS redirect ON redirect.new_id = album.artist
GROUP BY redirect.gid
