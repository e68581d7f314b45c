-- Artists as lists show them, by MBIDs, current or old.
--
-- $1 uuid[]  the MBIDs. Unknown ones are left out.
WITH asked AS (
    SELECT DISTINCT asked.gid
    FROM unnest($1::uuid[]) AS asked (gid)
),

found AS (
    SELECT
        asked.gid AS asked,
        artist.id
    FROM asked
    JOIN musicbrainz.artist ON artist.gid = asked.gid
    UNION ALL
    SELECT
        asked.gid,
        redirect.new_id
    FROM asked
    JOIN musicbrainz.artist_gid_redirect AS redirect ON redirect.gid = asked.gid
)

SELECT
    found.asked,
    artist.gid AS artist_gid,
    artist.name AS artist_name
FROM found
JOIN musicbrainz.artist ON artist.id = found.id
