-- All artists' MBIDs, in pages: what the first fill of the cache goes through.
--
-- $1 uuid    the last MBID of the page before, all zeros for the first page.
-- $2 bigint  MBIDs a page.
SELECT artist.gid
FROM musicbrainz.artist
WHERE artist.gid > $1::uuid
ORDER BY artist.gid
LIMIT $2::bigint
