-- How current the replica is, which schema it carries, and whether it is fully loaded.
--
-- `GET /` shows the first two. A 404 is only given on a replica that this row calls current, and no answer at all is
-- built from one that is still being loaded: Lidarr deletes what an answer lacks.
SELECT
    control.current_schema_sequence,
    control.current_replication_sequence,
    control.last_replication_date,
    (
        EXISTS (SELECT FROM musicbrainz.artist)
        AND EXISTS (SELECT FROM musicbrainz.artist_credit_name)
        AND EXISTS (SELECT FROM musicbrainz.release_group)
        AND EXISTS (SELECT FROM musicbrainz.release)
        AND EXISTS (SELECT FROM musicbrainz.medium)
        AND EXISTS (SELECT FROM musicbrainz.track)
        AND EXISTS (SELECT FROM musicbrainz.recording)
    ) AS loaded
FROM musicbrainz.replication_control AS control
ORDER BY control.id DESC
LIMIT 1
