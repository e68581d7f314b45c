-- Adds documents to the search index. Run in the schema that is written to.
--
-- $1 json  documents: [{entity, gid, weight, shown, name, others, credits, words}, …].
INSERT INTO document (entity, gid, weight, shown, name, others, credits, words)
SELECT
    put.entity,
    put.gid,
    put.weight,
    put.shown,
    put.name,
    put.others,
    put.credits,
    array_to_tsvector(put.words)
FROM json_to_recordset($1::json) AS put (
    entity  TEXT,
    gid     UUID,
    weight  REAL,
    shown   TEXT,
    name    TEXT,
    others  TEXT[],
    credits TEXT[],
    words   TEXT[]
)
