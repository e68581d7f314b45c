-- The artists credited first for release groups, under every MBID that they have or had: Lidarr may hold an old one. And
-- whether a release group's own MBID is its current one.
--
-- $1 uuid[]  MBIDs of release groups, current or old.
WITH album AS (
    SELECT
        release_group.gid,
        release_group.artist_credit,
        true AS is_current
    FROM musicbrainz.release_group
    WHERE release_group.gid = ANY($1::uuid [])
    UNION ALL
    SELECT
        redirect.gid,
        release_group.artist_credit,
        false AS is_current
    FROM musicbrainz.release_group_gid_redirect AS redirect
    JOIN musicbrainz.release_group ON release_group.id = redirect.new_id
    WHERE redirect.gid = ANY($1::uuid [])
),

credited AS (
    SELECT
        album.gid,
        album.is_current,
        credit.artist
    FROM album
    JOIN musicbrainz.artist_credit_name AS credit
        ON credit.artist_credit = album.artist_credit AND credit.position = 0
)

SELECT
    credited.gid AS album,
    credited.is_current,
    artist.gid AS artist
FROM credited
JOIN musicbrainz.artist ON artist.id = credited.artist
UNION ALL
SELECT
    credited.gid AS album,
    credited.is_current,
    redirect.gid AS artist
FROM credited
JOIN musicbrainz.artist_gid_redirect AS redirect ON redirect.new_id = credited.artist
