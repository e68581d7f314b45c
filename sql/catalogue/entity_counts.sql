-- About how many artists and release groups there are, as PostgreSQL's own statistics have it: for estimates, at the cost
-- of none. Less than 0 where nothing was counted yet.
SELECT
    'artist' AS entity,
    reltuples::bigint AS number
FROM pg_catalog.pg_class
WHERE oid = 'musicbrainz.artist'::regclass
UNION ALL
SELECT
    'album' AS entity,
    reltuples::bigint AS number
FROM pg_catalog.pg_class
WHERE oid = 'musicbrainz.release_group'::regclass
