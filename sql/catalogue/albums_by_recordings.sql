-- The release groups that a set of recordings fits best.
--
-- Lidarr fingerprints the files of a folder and asks which album they are. A release fits well when it has as many
-- tracks as there are files, and holds most of their recordings: |tracks − asked| + (1 − matched / tracks), smaller
-- is better; a release group fits as its best release does.
--
-- $1 uuid[]  MBIDs of recordings, current or old.
-- $2 bigint  how many release groups at most.
WITH asked AS (
    SELECT DISTINCT coalesce(recording.id, redirect.new_id) AS recording
    FROM unnest($1::uuid[]) AS wanted (gid)
    LEFT JOIN musicbrainz.recording ON recording.gid = wanted.gid
    LEFT JOIN musicbrainz.recording_gid_redirect AS redirect ON redirect.gid = wanted.gid
),

held AS (
    SELECT
        medium.release,
        count(DISTINCT track.recording) AS matched
    FROM asked
    JOIN musicbrainz.track ON track.recording = asked.recording
    JOIN musicbrainz.medium ON medium.id = track.medium
    GROUP BY medium.release
),

fit AS (
    SELECT
        held.release,
        -- Unknown recordings were asked for too: their files must belong somewhere.
        abs(total.tracks - (SELECT count(*) FROM asked)) + (1 - held.matched::float8 / total.tracks) AS misfit
    FROM held
    CROSS JOIN LATERAL (
        SELECT greatest(sum(medium.track_count), held.matched) AS tracks
        FROM musicbrainz.medium
        WHERE medium.release = held.release
    ) AS total
)

SELECT release_group.gid
FROM fit
JOIN musicbrainz.release ON release.id = fit.release
JOIN musicbrainz.release_group ON release_group.id = release.release_group
GROUP BY release_group.id, release_group.gid
ORDER BY min(fit.misfit), release_group.gid
LIMIT $2::bigint
