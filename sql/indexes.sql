-- Indexes that MusicBrainz's own schema lacks and change detection needs (changed_artists.sql, changed_albums.sql):
-- with them its cost follows the number of changes, without them the size of the tables.
--
-- `linernotes prepare` makes them one by one without blocking replication. Safe to run again. On all of
-- MusicBrainz they take some gigabytes, most of it for tracks and recordings, and some minutes.

-- Artists
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_artist_last_updated
    ON musicbrainz.artist (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_artist_alias_last_updated
    ON musicbrainz.artist_alias (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_artist_gid_redirect_created
    ON musicbrainz.artist_gid_redirect (created);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_artist_tag_last_updated
    ON musicbrainz.artist_tag (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_l_artist_url_last_updated
    ON musicbrainz.l_artist_url (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_url_last_updated
    ON musicbrainz.url (last_updated);

-- Release groups
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_release_group_last_updated
    ON musicbrainz.release_group (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_release_group_alias_last_updated
    ON musicbrainz.release_group_alias (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_release_group_gid_redirect_created
    ON musicbrainz.release_group_gid_redirect (created);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_release_group_secondary_type_join_created
    ON musicbrainz.release_group_secondary_type_join (created);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_release_group_tag_last_updated
    ON musicbrainz.release_group_tag (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_l_release_group_url_last_updated
    ON musicbrainz.l_release_group_url (last_updated);

-- Releases
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_release_last_updated
    ON musicbrainz.release (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_release_gid_redirect_created
    ON musicbrainz.release_gid_redirect (created);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_release_label_last_updated
    ON musicbrainz.release_label (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_cover_art_date_uploaded
    ON cover_art_archive.cover_art (date_uploaded);

-- Media, tracks and recordings
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_medium_last_updated
    ON musicbrainz.medium (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_track_last_updated
    ON musicbrainz.track (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_track_gid_redirect_created
    ON musicbrainz.track_gid_redirect (created);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_recording_last_updated
    ON musicbrainz.recording (last_updated);
CREATE INDEX CONCURRENTLY IF NOT EXISTS linernotes_recording_gid_redirect_created
    ON musicbrainz.recording_gid_redirect (created);
