-- The artists credited first for release groups.
--
-- $1 uuid[]  MBIDs of release groups; old ones have no row.
SELECT
    release_group.gid AS album,
    artist.gid AS artist
FROM musicbrainz.release_group
JOIN musicbrainz.artist_credit_name AS credit
    ON credit.artist_credit = release_group.artist_credit AND credit.position = 0
JOIN musicbrainz.artist ON artist.id = credit.artist
WHERE release_group.gid = ANY($1::uuid [])
