-- Since when the change log is kept. A list of changes since before then may lack some.
SELECT change_log_start.since
FROM linernotes.change_log_start
