-- Whether there is a search index (sql/search_index.sql). Never fails: asking the index itself where there is none would
-- end the transaction.
SELECT to_regclass('linernotes_search.state') IS NOT NULL AS built
