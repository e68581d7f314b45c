-- Whether the change log (sql/change_log.sql) is kept in this replica. Never fails: asking the log itself where there is
-- none would end the transaction.
SELECT to_regclass('linernotes.change_log') IS NOT NULL AS kept
