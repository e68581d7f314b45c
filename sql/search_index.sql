-- The search index's tables, in a schema of their own, so that a new index can take an old one's place as a whole.
--
-- `linernotes search-index` runs this with the new schema as its search path, and renames that to linernotes_search when
-- everything is in it. What the words are is told in catalogue/search_documents.sql. To undo:
-- DROP SCHEMA linernotes_search CASCADE.

CREATE TABLE IF NOT EXISTS state (
    -- The version of what the index holds; another one can't be searched.
    format  INTEGER NOT NULL,
    -- The replica's last packet when the index was last brought up to date; what changed later may be missing.
    as_of   TIMESTAMP WITH TIME ZONE,
    -- How far a build has come: the last MBID of each kind. NULL before the first.
    artist  UUID,
    album   UUID,
    -- How many there are.
    artists BIGINT NOT NULL DEFAULT 0,
    albums  BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS document (
    entity  TEXT NOT NULL CHECK (entity IN ('artist', 'album')),
    gid     UUID NOT NULL,
    -- How much it matters, 0 to 1.
    weight  REAL NOT NULL,
    -- The name in lower case, otherwise as it is.
    shown   TEXT NOT NULL,
    -- The name, and the sort name and the aliases, in the index's spelling.
    name    TEXT NOT NULL,
    others  TEXT[] NOT NULL,
    -- An album's artists, by all their names.
    credits TEXT[] NOT NULL,
    words   TSVECTOR NOT NULL
);

-- There from the start: albums look for their artists by it.
CREATE UNIQUE INDEX IF NOT EXISTS document_idx_gid ON document (gid, entity);

CREATE TABLE IF NOT EXISTS word (
    word      TEXT COLLATE "C" NOT NULL,
    -- How many artists and albums have it, as of the last build.
    frequency INTEGER NOT NULL,
    shortened INTEGER[] NOT NULL
);

-- A word and what is left of it without any one letter, as hashes. Two words with one typo between them have one in
-- common.
CREATE OR REPLACE FUNCTION shortened(of_word TEXT) RETURNS INTEGER[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
    SELECT array_agg(DISTINCT hashtext(left(of_word, place - 1) || substr(of_word, place + 1)))
    FROM generate_series(1, length(of_word) + 1) AS place
    WHERE length(of_word) BETWEEN 3 AND 30
$$;
