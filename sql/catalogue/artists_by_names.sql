-- Artists of a name or alias, for many names at once: those of the name before those of the alias, much credited before
-- little.
--
-- An alias is one that an artist's own answer has, too: legal names and search hints are others' at times. Names are
-- compared without accents and capitals, which is what MusicBrainz has an index for.
--
-- $1 text[]  the names.
WITH wanted AS (
    SELECT
        wanted.number,
        lower(musicbrainz.musicbrainz_unaccent(wanted.name)) AS name
    FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, number)
),

named AS MATERIALIZED (
    SELECT
        wanted.number,
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
            WHERE lower(musicbrainz.musicbrainz_unaccent(artist.name)) = wanted.name
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
                AND lower(musicbrainz.musicbrainz_unaccent(alias.name)) = wanted.name
            LIMIT 100
        )
    ) AS found
    GROUP BY wanted.number, found.artist
)

SELECT
    named.number,
    artist.gid AS artist_gid,
    artist.name AS artist_name,
    named.by_alias
FROM named
JOIN musicbrainz.artist ON artist.id = named.artist
CROSS JOIN LATERAL (
    SELECT sum(credit.ref_count) AS credits
    FROM musicbrainz.artist_credit_name AS credited
    JOIN musicbrainz.artist_credit AS credit ON credit.id = credited.artist_credit
    WHERE credited.artist = named.artist
) AS fame
ORDER BY named.number, named.by_alias, fame.credits DESC NULLS LAST, artist.id
