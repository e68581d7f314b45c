-- What the search index holds of release groups: how they and their artists are called, and what tells how much they
-- matter.
--
-- $1 uuid[]  MBIDs. Only current ones are found: the index knows no others.
SELECT
    release_group.gid,
    release_group.name,
    -- Releases' titles too: a translated or transliterated one is a title that people know.
    ARRAY(
        SELECT name
        FROM (
            SELECT alias.name COLLATE "C" AS name
            FROM musicbrainz.release_group_alias AS alias
            WHERE alias.release_group = release_group.id
            UNION
            SELECT release.name COLLATE "C" AS name
            FROM musicbrainz.release
            WHERE release.release_group = release_group.id AND release.name <> release_group.name
        ) AS other
        ORDER BY name
        LIMIT 50
    ) AS aliases,
    credit.name AS credit,
    ARRAY(
        SELECT credited.name
        FROM musicbrainz.artist_credit_name AS credited
        WHERE credited.artist_credit = release_group.artist_credit
        ORDER BY credited.position
        LIMIT 20
    ) AS credited_as,
    ARRAY(
        SELECT artist.gid
        FROM musicbrainz.artist_credit_name AS credited
        JOIN musicbrainz.artist ON artist.id = credited.artist
        WHERE credited.artist_credit = release_group.artist_credit
        ORDER BY credited.position
        LIMIT 20
    ) AS artists,
    coalesce(primary_type.name, 'Other') AS type,
    EXISTS (
        SELECT
        FROM musicbrainz.release_group_secondary_type_join AS typed
        WHERE typed.release_group = release_group.id
    ) AS has_secondary_type,
    (
        SELECT count(*)
        FROM musicbrainz.release
        WHERE release.release_group = release_group.id
    ) AS releases,
    coalesce(meta.rating_count, 0)::bigint AS ratings,
    (
        SELECT coalesce(sum(release_group_tag.count), 0)
        FROM musicbrainz.release_group_tag
        WHERE release_group_tag.release_group = release_group.id AND release_group_tag.count > 0
    ) AS tags,
    (
        SELECT count(*)
        FROM musicbrainz.l_release_group_url
        WHERE l_release_group_url.entity0 = release_group.id
    ) AS links
FROM musicbrainz.release_group
JOIN musicbrainz.artist_credit AS credit ON credit.id = release_group.artist_credit
LEFT JOIN musicbrainz.release_group_primary_type AS primary_type ON primary_type.id = release_group.type
LEFT JOIN musicbrainz.release_group_meta AS meta ON meta.id = release_group.id
WHERE release_group.gid = ANY ($1::uuid[])
ORDER BY release_group.gid
