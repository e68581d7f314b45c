-- The release groups that name artists: those whose part of the search index changes with an artist's names.
--
-- $1 uuid[]  artists' MBIDs.
SELECT DISTINCT release_group.gid
FROM musicbrainz.artist
JOIN musicbrainz.artist_credit_name AS credited ON credited.artist = artist.id
JOIN musicbrainz.release_group ON release_group.artist_credit = credited.artist_credit
WHERE artist.gid = ANY ($1::uuid[])
ORDER BY release_group.gid
