-- What the change log (sql/change_log.sql) has seen change between two instants: ratings, release events, cover art and
-- all deletions, which leave no time behind in MusicBrainz's own tables. With old MBIDs, as changed_artists.sql has them.
--
-- $1 timestamptz  the instant; changes at it count.
-- $2 timestamptz  changes at this instant or later don't.
WITH changed AS (
    SELECT
        change_log.entity,
        change_log.gid,
        change_log.changed
    FROM linernotes.change_log
    WHERE change_log.changed >= $1::timestamptz AND change_log.changed < $2::timestamptz
)

SELECT
    changed.entity,
    changed.gid,
    changed.changed
FROM changed
UNION ALL
SELECT
    changed.entity,
    redirect.gid,
    changed.changed
FROM changed
JOIN musicbrainz.artist ON artist.gid = changed.gid
JOIN musicbrainz.artist_gid_redirect AS redirect ON redirect.new_id = artist.id
WHERE changed.entity = 'artist'
UNION ALL
SELECT
    changed.entity,
    redirect.gid,
    changed.changed
FROM changed
JOIN musicbrainz.release_group ON release_group.gid = changed.gid
JOIN musicbrainz.release_group_gid_redirect AS redirect ON redirect.new_id = release_group.id
WHERE changed.entity = 'album'
