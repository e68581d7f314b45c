-- The search index's vocabulary and indexes, when all rows are in. Run in the new schema, as search_index.sql is.

-- Helping processes would need shared memory that a container may not have.
SET max_parallel_maintenance_workers = 0;

CREATE INDEX IF NOT EXISTS document_idx_words ON document USING gin (words) WITH (fastupdate = OFF);

TRUNCATE word;

-- The letter before a word tells whose it is; with a capital one begin whole names, and importance has no word.
INSERT INTO word (word, frequency, shortened)
SELECT
    substr(stat.word, 2) AS word,
    least(sum(stat.ndoc), 2147483647),
    coalesce(shortened(substr(stat.word, 2)), '{}')
FROM ts_stat('SELECT words FROM document') AS stat
WHERE left(stat.word, 1) IN ('a', 't', 'c') AND substr(stat.word, 2) <> ' *'
GROUP BY substr(stat.word, 2);

CREATE UNIQUE INDEX IF NOT EXISTS word_idx_word ON word (word);

CREATE INDEX IF NOT EXISTS word_idx_shortened ON word USING gin (shortened) WITH (fastupdate = OFF);

CREATE INDEX IF NOT EXISTS word_idx_trigrams ON word USING gin (word public.gin_trgm_ops) WITH (fastupdate = OFF);

ANALYZE document;

ANALYZE word;

-- Names of public data: whoever may read the replica may read them. The schema itself is opened when it is named.
GRANT SELECT ON ALL TABLES IN SCHEMA linernotes_search_next TO PUBLIC;
