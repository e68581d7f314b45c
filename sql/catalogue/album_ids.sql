-- All release groups' MBIDs, in pages: what the first fill of the cache goes through.
--
-- $1 uuid    the last MBID of the page before, all zeros for the first page.
-- $2 bigint  MBIDs a page.
SELECT release_group.gid
FROM musicbrainz.release_group
WHERE release_group.gid > $1::uuid
ORDER BY release_group.gid
LIMIT $2::bigint
