-- The triggers of the change log (sql/change_log.sql) that the replica has, and that fire in whichever role packets are
-- applied.
SELECT
    trigger.tgname::text AS name,
    namespace.nspname::text || '.' || class.relname::text AS watched
FROM pg_trigger AS trigger
JOIN pg_class AS class ON class.oid = trigger.tgrelid
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE trigger.tgname LIKE 'linernotes\_%' AND trigger.tgenabled = 'A'
