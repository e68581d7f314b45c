-- The usable indexes that sql/indexes.sql has made.
SELECT class.relname::text AS name
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
WHERE index.indisvalid AND starts_with(class.relname::text, 'linernotes_')
ORDER BY name
