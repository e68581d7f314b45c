-- The change log: what MusicBrainz's own tables don't date.
--
-- Most rows carry the time of their last change, and change detection goes by it (changed_artists.sql,
-- changed_albums.sql). Ratings, first release dates, release events and cover art carry none, and a deleted row carries
-- nothing at all. Triggers note these as a replication packet is applied. They never touch MusicBrainz's tables.
--
-- Optional. `linernotes prepare` runs this, as a user who owns the replica's tables. Safe to run again. To undo:
-- DROP SCHEMA linernotes CASCADE.

CREATE SCHEMA IF NOT EXISTS linernotes;

-- One row for each MBID, however often its entity changes: the log can't outgrow the catalogue.
CREATE TABLE IF NOT EXISTS linernotes.change_log (
    entity  TEXT NOT NULL CHECK (entity IN ('artist', 'album')),
    gid     UUID NOT NULL,
    -- The date of the replica's last packet when the change came, so at most a packet too early, never too late.
    changed TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (entity, gid)
);
CREATE INDEX IF NOT EXISTS change_log_idx_changed ON linernotes.change_log (changed);

CREATE TABLE IF NOT EXISTS linernotes.change_log_start (
    since TIMESTAMP WITH TIME ZONE NOT NULL
);

CREATE OR REPLACE FUNCTION linernotes.packet_date() RETURNS TIMESTAMP WITH TIME ZONE
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(max(control.last_replication_date), now())
    FROM musicbrainz.replication_control AS control
$$;

INSERT INTO linernotes.change_log_start (since)
SELECT linernotes.packet_date()
WHERE NOT EXISTS (SELECT FROM linernotes.change_log_start);

CREATE OR REPLACE FUNCTION linernotes.note(noted_entity TEXT, noted_gids UUID[]) RETURNS VOID
LANGUAGE sql
AS $$
    INSERT INTO linernotes.change_log AS log (entity, gid, changed)
    SELECT DISTINCT noted_entity, gid, linernotes.packet_date()
    FROM unnest(noted_gids) AS gid
    ON CONFLICT (entity, gid) DO UPDATE SET changed = excluded.changed
    WHERE log.changed < excluded.changed
$$;

CREATE OR REPLACE FUNCTION linernotes.note_artists(artist_ids INTEGER[]) RETURNS VOID
LANGUAGE sql
AS $$
    SELECT linernotes.note('artist', ARRAY(
        SELECT artist.gid FROM musicbrainz.artist WHERE artist.id = ANY (artist_ids)
    ))
$$;

-- The artists credited first: those in whose lists an album with such a credit stands.
CREATE OR REPLACE FUNCTION linernotes.note_credited(artist_credit_ids INTEGER[]) RETURNS VOID
LANGUAGE sql
AS $$
    SELECT linernotes.note_artists(ARRAY(
        SELECT credited.artist
        FROM musicbrainz.artist_credit_name AS credited
        WHERE credited.artist_credit = ANY (artist_credit_ids) AND credited.position = 0
    ))
$$;

-- With an album goes its artist: Lidarr refreshes albums only while it refreshes their artist.
CREATE OR REPLACE FUNCTION linernotes.note_albums(release_group_ids INTEGER[]) RETURNS VOID
LANGUAGE sql
AS $$
    SELECT linernotes.note('album', ARRAY(
        SELECT release_group.gid FROM musicbrainz.release_group WHERE release_group.id = ANY (release_group_ids)
    ));
    SELECT linernotes.note_credited(ARRAY(
        SELECT release_group.artist_credit FROM musicbrainz.release_group WHERE release_group.id = ANY (release_group_ids)
    ))
$$;

CREATE OR REPLACE FUNCTION linernotes.note_releases(release_ids INTEGER[]) RETURNS VOID
LANGUAGE sql
AS $$
    SELECT linernotes.note_albums(ARRAY(
        SELECT release.release_group FROM musicbrainz.release WHERE release.id = ANY (release_ids)
    ))
$$;

-- Notes what a row belongs to, before and after the change. The trigger's arguments: the kind of owner, and the column
-- that names it.
CREATE OR REPLACE FUNCTION linernotes.note_owner() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    owners BIGINT[] := '{}';
BEGIN
    IF TG_OP <> 'INSERT' THEN
        owners := owners || (to_jsonb(OLD) ->> TG_ARGV[1])::BIGINT;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        owners := owners || (to_jsonb(NEW) ->> TG_ARGV[1])::BIGINT;
    END IF;
    CASE TG_ARGV[0]
        WHEN 'artist' THEN
            PERFORM linernotes.note_artists(owners::INTEGER[]);
        WHEN 'album' THEN
            PERFORM linernotes.note_albums(owners::INTEGER[]);
        WHEN 'release' THEN
            PERFORM linernotes.note_releases(owners::INTEGER[]);
        WHEN 'medium' THEN
            PERFORM linernotes.note_releases(ARRAY(
                SELECT medium.release FROM musicbrainz.medium WHERE medium.id = ANY (owners)
            ));
        WHEN 'image' THEN
            PERFORM linernotes.note_releases(ARRAY(
                SELECT cover_art.release FROM cover_art_archive.cover_art WHERE cover_art.id = ANY (owners)
            ));
        -- An artist credit that comes to name another artist moves albums from one list to the other.
        WHEN 'credit' THEN
            PERFORM linernotes.note_artists(ARRAY[OLD.artist, NEW.artist]);
            PERFORM linernotes.note_albums(ARRAY(
                SELECT release_group.id FROM musicbrainz.release_group
                WHERE release_group.artist_credit = ANY (owners)
            ));
        WHEN 'label' THEN
            PERFORM linernotes.note_releases(ARRAY(
                SELECT release_label.release FROM musicbrainz.release_label WHERE release_label.label = ANY (owners)
            ));
        WHEN 'country' THEN
            PERFORM linernotes.note_releases(ARRAY(
                SELECT release_country.release FROM musicbrainz.release_country
                WHERE release_country.country = ANY (owners)
            ));
    END CASE;
    RETURN NULL;
END
$$;

-- Notes an artist or album that is gone itself, under every MBID by which somebody may know it: these are all that is left
-- of it.
CREATE OR REPLACE FUNCTION linernotes.note_deleted() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    IF TG_ARGV[0] = 'artist' THEN
        PERFORM linernotes.note('artist', OLD.gid || ARRAY(
            SELECT redirect.gid FROM musicbrainz.artist_gid_redirect AS redirect WHERE redirect.new_id = OLD.id
        ));
    ELSE
        PERFORM linernotes.note('album', OLD.gid || ARRAY(
            SELECT redirect.gid FROM musicbrainz.release_group_gid_redirect AS redirect WHERE redirect.new_id = OLD.id
        ));
        PERFORM linernotes.note_credited(ARRAY[OLD.artist_credit]);
    END IF;
    RETURN NULL;
END
$$;

-- Notes an old MBID that leads nowhere any more, and what it led to, which names it. With an entity go its old MBIDs, and
-- they may go first.
CREATE OR REPLACE FUNCTION linernotes.note_old_mbid() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    PERFORM linernotes.note(TG_ARGV[0], ARRAY[OLD.gid]);
    IF TG_ARGV[0] = 'artist' THEN
        PERFORM linernotes.note_artists(ARRAY[OLD.new_id]);
    ELSE
        PERFORM linernotes.note_albums(ARRAY[OLD.new_id]);
    END IF;
    RETURN NULL;
END
$$;

-- Notes the artists who lose an album to others; those who gain it are known by the album's own time.
CREATE OR REPLACE FUNCTION linernotes.note_former_credit() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
BEGIN
    PERFORM linernotes.note_credited(ARRAY[OLD.artist_credit]);
    RETURN NULL;
END
$$;

-- Notes everything tagged with the name of a genre that has come, gone or changed: only genres are shown.
CREATE OR REPLACE FUNCTION linernotes.note_tagged() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $$
DECLARE
    names TEXT[] := '{}';
    tags INTEGER[];
BEGIN
    IF TG_OP <> 'INSERT' THEN
        names := names || OLD.name::TEXT;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        names := names || NEW.name::TEXT;
    END IF;
    tags := ARRAY(SELECT tag.id FROM musicbrainz.tag WHERE tag.name = ANY (names));
    PERFORM linernotes.note_artists(ARRAY(
        SELECT artist_tag.artist FROM musicbrainz.artist_tag WHERE artist_tag.tag = ANY (tags)
    ));
    PERFORM linernotes.note_albums(ARRAY(
        SELECT release_group_tag.release_group FROM musicbrainz.release_group_tag WHERE release_group_tag.tag = ANY (tags)
    ));
    RETURN NULL;
END
$$;

-- Artists
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.artist
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_deleted('artist');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.artist_gid_redirect
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_old_mbid('artist');
CREATE OR REPLACE TRIGGER linernotes_rated AFTER UPDATE ON musicbrainz.artist_meta
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION linernotes.note_owner('artist', 'id');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.artist_alias
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('artist', 'artist');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.artist_tag
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('artist', 'artist');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.l_artist_url
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('artist', 'entity0');
CREATE OR REPLACE TRIGGER linernotes_credited AFTER UPDATE ON musicbrainz.artist_credit_name
    FOR EACH ROW WHEN (OLD.artist IS DISTINCT FROM NEW.artist)
    EXECUTE FUNCTION linernotes.note_owner('credit', 'artist_credit');

-- Release groups
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.release_group
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_deleted('album');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.release_group_gid_redirect
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_old_mbid('album');
CREATE OR REPLACE TRIGGER linernotes_credited AFTER UPDATE ON musicbrainz.release_group
    FOR EACH ROW WHEN (OLD.artist_credit IS DISTINCT FROM NEW.artist_credit)
    EXECUTE FUNCTION linernotes.note_former_credit();
CREATE OR REPLACE TRIGGER linernotes_rated_or_dated AFTER UPDATE ON musicbrainz.release_group_meta
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION linernotes.note_owner('album', 'id');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.release_group_alias
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('album', 'release_group');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.release_group_tag
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('album', 'release_group');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.release_group_secondary_type_join
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('album', 'release_group');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.l_release_group_url
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('album', 'entity0');

-- Releases
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.release
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('album', 'release_group');
CREATE OR REPLACE TRIGGER linernotes_moved AFTER UPDATE ON musicbrainz.release
    FOR EACH ROW WHEN (OLD.release_group IS DISTINCT FROM NEW.release_group)
    EXECUTE FUNCTION linernotes.note_owner('album', 'release_group');
CREATE OR REPLACE TRIGGER linernotes_dated AFTER INSERT OR UPDATE OR DELETE ON musicbrainz.release_country
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('release', 'release');
CREATE OR REPLACE TRIGGER linernotes_dated AFTER INSERT OR UPDATE OR DELETE ON musicbrainz.release_unknown_country
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('release', 'release');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.release_label
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('release', 'release');
CREATE OR REPLACE TRIGGER linernotes_renamed AFTER UPDATE ON musicbrainz.label
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION linernotes.note_owner('label', 'id');
CREATE OR REPLACE TRIGGER linernotes_renamed AFTER UPDATE ON musicbrainz.area
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION linernotes.note_owner('country', 'id');

-- Media and tracks
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.medium
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('release', 'release');
CREATE OR REPLACE TRIGGER linernotes_moved AFTER UPDATE ON musicbrainz.medium
    FOR EACH ROW WHEN (OLD.release IS DISTINCT FROM NEW.release)
    EXECUTE FUNCTION linernotes.note_owner('release', 'release');
CREATE OR REPLACE TRIGGER linernotes_deleted AFTER DELETE ON musicbrainz.track
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('medium', 'medium');
CREATE OR REPLACE TRIGGER linernotes_moved AFTER UPDATE ON musicbrainz.track
    FOR EACH ROW WHEN (OLD.medium IS DISTINCT FROM NEW.medium)
    EXECUTE FUNCTION linernotes.note_owner('medium', 'medium');

-- Cover art
CREATE OR REPLACE TRIGGER linernotes_illustrated AFTER INSERT OR UPDATE OR DELETE ON cover_art_archive.cover_art
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('release', 'release');
CREATE OR REPLACE TRIGGER linernotes_illustrated AFTER INSERT OR UPDATE OR DELETE ON cover_art_archive.cover_art_type
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('image', 'id');
CREATE OR REPLACE TRIGGER linernotes_illustrated
    AFTER INSERT OR UPDATE OR DELETE ON cover_art_archive.release_group_cover_art
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_owner('album', 'release_group');

-- Genres
CREATE OR REPLACE TRIGGER linernotes_named AFTER INSERT OR UPDATE OF name OR DELETE ON musicbrainz.genre
    FOR EACH ROW EXECUTE FUNCTION linernotes.note_tagged();

-- Replication tools differ in the role they apply packets in; the log is to be kept in either.
DO $$
DECLARE
    watched RECORD;
BEGIN
    FOR watched IN
        SELECT trigger.tgrelid::REGCLASS AS watched_table, trigger.tgname
        FROM pg_trigger AS trigger
        WHERE trigger.tgname LIKE 'linernotes\_%' AND trigger.tgenabled <> 'A'
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', watched.watched_table, watched.tgname);
    END LOOP;
END
$$;

-- MBIDs and times of public data: whoever may read the replica may read them.
GRANT USAGE ON SCHEMA linernotes TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA linernotes TO PUBLIC;
