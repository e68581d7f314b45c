-- The time by the replica's clock: for `linernotes doctor`, which compares it with its own.
SELECT clock_timestamp() AS now
