-- Release groups that may be meant by an artist's name and a title, for many at once: of the artists of that name or
-- alias, all whose titles are about as long. Likelier ones first: albums before singles, studio albums before live ones
-- and compilations, an artist by name before one by alias, much credited before little.
--
-- An alias is one that an artist's own answer has, too: legal names and search hints are others' at times. Names are
-- compared without accents and capitals, which is what MusicBrainz has an index for. How alike two titles
-- are is for the caller to say; of special-purpose artists, who have too many to look at, only those with the very
-- title are found.
--
-- $1 text[]  the artists' names.
-- $2 text[]  the titles, as many.
-- $3 uuid[]  special-purpose artists.
WITH wanted AS (
    SELECT
        wanted.number,
        wanted.title,
        lower(musicbrainz.musicbrainz_unaccent(wanted.artist)) AS artist
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (artist, title, number)
),

special AS MATERIALIZED (
    SELECT artist.id
    FROM musicbrainz.artist
    WHERE artist.gid = ANY($3::uuid[])
),

named AS MATERIALIZED (
    SELECT
        wanted.number,
        wanted.title,
        found.artist,
        bool_and(found.by_alias) AS by_alias
    FROM wanted
    -- Its limits hold the planner to the indexes on names.
    CROSS JOIN LATERAL (
        (
            SELECT
                artist.id AS artist,
                FALSE AS by_alias
            FROM musicbrainz.artist
            WHERE lower(musicbrainz.musicbrainz_unaccent(artist.name)) = wanted.artist
            LIMIT 100
        )
        UNION ALL
        (
            SELECT
                alias.artist,
                TRUE AS by_alias
            FROM musicbrainz.artist_alias AS alias
            LEFT JOIN musicbrainz.artist_alias_type AS alias_type ON alias_type.id = alias.type
            WHERE
                (alias.type IS NULL OR alias_type.name = 'Artist name')
                AND lower(musicbrainz.musicbrainz_unaccent(alias.name)) = wanted.artist
            LIMIT 100
        )
    ) AS found
    GROUP BY wanted.number, wanted.title, found.artist
),

candidate AS (
    SELECT
        named.number,
        named.artist,
        named.by_alias,
        release_group.id AS release_group
    FROM named
    JOIN musicbrainz.artist_credit_name AS credited ON credited.artist = named.artist AND credited.position = 0
    JOIN musicbrainz.release_group ON release_group.artist_credit = credited.artist_credit
    WHERE
        named.artist NOT IN (SELECT special.id FROM special)
        AND char_length(release_group.name) * 3 <= char_length(named.title) * 4 + 3
        AND char_length(named.title) * 3 <= char_length(release_group.name) * 4 + 3
    UNION ALL
    SELECT
        named.number,
        named.artist,
        named.by_alias,
        release_group.id
    FROM named
    JOIN special ON special.id = named.artist
    JOIN musicbrainz.release_group ON release_group.name = named.title
    JOIN musicbrainz.artist_credit_name AS credited
        ON
            credited.artist_credit = release_group.artist_credit
            AND credited.position = 0
            AND credited.artist = named.artist
)

SELECT
    candidate.number,
    release_group.gid AS album_gid,
    release_group.name AS album_title,
    artist.gid AS artist_gid,
    artist.name AS artist_name,
    credit.name AS credit_name,
    candidate.by_alias
FROM candidate
JOIN musicbrainz.release_group ON release_group.id = candidate.release_group
JOIN musicbrainz.artist_credit AS credit ON credit.id = release_group.artist_credit
JOIN musicbrainz.artist ON artist.id = candidate.artist
LEFT JOIN musicbrainz.release_group_primary_type AS primary_type ON primary_type.id = release_group.type
ORDER BY
    candidate.number,
    array_position(ARRAY['Album', 'EP', 'Single'], primary_type.name::text) NULLS LAST,
    EXISTS (
        SELECT
        FROM musicbrainz.release_group_secondary_type_join AS has_type
        WHERE has_type.release_group = release_group.id
    ),
    candidate.by_alias,
    credit.ref_count DESC NULLS LAST,
    release_group.id
