-- A compact replica schema: the tables and columns of the MusicBrainz database that Linernotes reads.
--
-- Names, types and defaults are those of MusicBrainz schema sequence 31, so the same queries and the same
-- rows (sample.sql) fit a full mirror as well. Left out: everything that isn't read, foreign keys, check
-- constraints, triggers and full-text search. Kept: primary keys, and the indexes that look-ups by MBID,
-- by parent and by name need.
--
-- Meant for an empty UTF-8 database; fails on one that already holds these tables.

CREATE SCHEMA IF NOT EXISTS musicbrainz;
CREATE SCHEMA IF NOT EXISTS cover_art_archive;

-- Names without accents, by MusicBrainz's own function, which the indexes on names need to be immutable.
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

SET search_path = musicbrainz, public;

CREATE FUNCTION musicbrainz_unaccent(TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $$ SELECT public.unaccent('public.unaccent', $1) $$;

CREATE TYPE cover_art_presence AS ENUM ('absent', 'present', 'darkened');

-- ---------------------------------------------------------------------------------------------------
-- Replication
-- ---------------------------------------------------------------------------------------------------

CREATE TABLE replication_control (
    id                           SERIAL PRIMARY KEY,
    current_schema_sequence      INTEGER NOT NULL,
    current_replication_sequence INTEGER,
    last_replication_date        TIMESTAMP WITH TIME ZONE
);

-- ---------------------------------------------------------------------------------------------------
-- Types: the small look-up tables
-- ---------------------------------------------------------------------------------------------------

CREATE TABLE area_type                    (id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, child_order INTEGER NOT NULL DEFAULT 0, gid UUID NOT NULL);
CREATE TABLE artist_type                  (id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, child_order INTEGER NOT NULL DEFAULT 0, gid UUID NOT NULL);
CREATE TABLE artist_alias_type            (id SERIAL PRIMARY KEY, name TEXT         NOT NULL, child_order INTEGER NOT NULL DEFAULT 0, gid UUID NOT NULL);
CREATE TABLE release_group_primary_type   (id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, child_order INTEGER NOT NULL DEFAULT 0, gid UUID NOT NULL);
CREATE TABLE release_group_secondary_type (id SERIAL PRIMARY KEY, name TEXT         NOT NULL, child_order INTEGER NOT NULL DEFAULT 0, gid UUID NOT NULL);
CREATE TABLE release_group_alias_type     (id SERIAL PRIMARY KEY, name TEXT         NOT NULL, child_order INTEGER NOT NULL DEFAULT 0, gid UUID NOT NULL);
CREATE TABLE release_status               (id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, child_order INTEGER NOT NULL DEFAULT 0, gid UUID NOT NULL);
CREATE TABLE series_ordering_type         (id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, child_order INTEGER NOT NULL DEFAULT 0, gid UUID NOT NULL);

CREATE TABLE series_type (
    id          SERIAL PRIMARY KEY,
    name        VARCHAR(255) NOT NULL,
    entity_type VARCHAR(50) NOT NULL,
    child_order INTEGER NOT NULL DEFAULT 0,
    gid         UUID NOT NULL
);

CREATE TABLE medium_format (
    id          SERIAL PRIMARY KEY,
    name        VARCHAR(100) NOT NULL,
    parent      INTEGER,
    child_order INTEGER NOT NULL DEFAULT 0,
    has_discids BOOLEAN NOT NULL DEFAULT FALSE,
    gid         UUID NOT NULL
);

-- ---------------------------------------------------------------------------------------------------
-- Areas, genres, tags and labels
-- ---------------------------------------------------------------------------------------------------

CREATE TABLE area (
    id            SERIAL PRIMARY KEY,
    gid           UUID NOT NULL,
    name          VARCHAR NOT NULL,
    type          INTEGER,
    edits_pending INTEGER NOT NULL DEFAULT 0,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    comment       VARCHAR(255) NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX area_idx_gid ON area (gid);

CREATE TABLE country_area (
    area INTEGER PRIMARY KEY
);

CREATE TABLE iso_3166_1 (
    area INTEGER NOT NULL,
    code CHAR(2) PRIMARY KEY
);
CREATE INDEX iso_3166_1_idx_area ON iso_3166_1 (area);

CREATE TABLE genre (
    id            SERIAL PRIMARY KEY,
    gid           UUID NOT NULL,
    name          VARCHAR NOT NULL,
    comment       VARCHAR(255) NOT NULL DEFAULT '',
    edits_pending INTEGER NOT NULL DEFAULT 0,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE UNIQUE INDEX genre_idx_gid ON genre (gid);
CREATE UNIQUE INDEX genre_idx_name ON genre (LOWER(name));

CREATE TABLE tag (
    id        SERIAL PRIMARY KEY,
    name      VARCHAR(255) NOT NULL,
    ref_count INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX tag_idx_name ON tag (name);

CREATE TABLE label (
    id            SERIAL PRIMARY KEY,
    gid           UUID NOT NULL,
    name          VARCHAR NOT NULL,
    comment       VARCHAR(255) NOT NULL DEFAULT '',
    edits_pending INTEGER NOT NULL DEFAULT 0,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE UNIQUE INDEX label_idx_gid ON label (gid);

-- ---------------------------------------------------------------------------------------------------
-- Artists and artist credits
-- ---------------------------------------------------------------------------------------------------

CREATE TABLE artist (
    id               SERIAL PRIMARY KEY,
    gid              UUID NOT NULL,
    name             VARCHAR NOT NULL,
    sort_name        VARCHAR NOT NULL,
    begin_date_year  SMALLINT,
    begin_date_month SMALLINT,
    begin_date_day   SMALLINT,
    end_date_year    SMALLINT,
    end_date_month   SMALLINT,
    end_date_day     SMALLINT,
    type             INTEGER,
    area             INTEGER,
    comment          VARCHAR(255) NOT NULL DEFAULT '',
    edits_pending    INTEGER NOT NULL DEFAULT 0,
    last_updated     TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    ended            BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX artist_idx_gid ON artist (gid);
CREATE INDEX artist_idx_name ON artist (name);
CREATE INDEX artist_idx_sort_name ON artist (sort_name);
CREATE INDEX artist_idx_lower_unaccent_name_comment
    ON artist (lower(musicbrainz_unaccent(name)), lower(musicbrainz_unaccent(comment)));

CREATE TABLE artist_alias (
    id                 SERIAL PRIMARY KEY,
    artist             INTEGER NOT NULL,
    name               VARCHAR NOT NULL,
    locale             TEXT,
    edits_pending      INTEGER NOT NULL DEFAULT 0,
    last_updated       TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    type               INTEGER,
    sort_name          VARCHAR NOT NULL,
    primary_for_locale BOOLEAN NOT NULL DEFAULT FALSE,
    ended              BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX artist_alias_idx_artist ON artist_alias (artist);
CREATE INDEX artist_alias_idx_lower_unaccent_name ON artist_alias (lower(musicbrainz_unaccent(name)));

CREATE TABLE artist_gid_redirect (
    gid     UUID PRIMARY KEY,
    new_id  INTEGER NOT NULL,
    created TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE INDEX artist_gid_redirect_idx_new_id ON artist_gid_redirect (new_id);

CREATE TABLE artist_meta (
    id           INTEGER PRIMARY KEY,
    rating       SMALLINT, -- 0 to 100
    rating_count INTEGER
);

CREATE TABLE artist_tag (
    artist       INTEGER NOT NULL,
    tag          INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    last_updated TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    PRIMARY KEY (artist, tag)
);
CREATE INDEX artist_tag_idx_tag ON artist_tag (tag);

CREATE TABLE artist_credit (
    id            SERIAL PRIMARY KEY,
    name          VARCHAR NOT NULL,
    artist_count  SMALLINT NOT NULL,
    ref_count     INTEGER DEFAULT 0,
    created       TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    edits_pending INTEGER NOT NULL DEFAULT 0,
    gid           UUID NOT NULL
);
CREATE UNIQUE INDEX artist_credit_idx_gid ON artist_credit (gid);

CREATE TABLE artist_credit_name (
    artist_credit INTEGER NOT NULL,
    position      SMALLINT NOT NULL, -- from 0
    artist        INTEGER NOT NULL,
    name          VARCHAR NOT NULL,
    join_phrase   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (artist_credit, position)
);
CREATE INDEX artist_credit_name_idx_artist ON artist_credit_name (artist);

-- ---------------------------------------------------------------------------------------------------
-- Release groups
-- ---------------------------------------------------------------------------------------------------

CREATE TABLE release_group (
    id            SERIAL PRIMARY KEY,
    gid           UUID NOT NULL,
    name          VARCHAR NOT NULL,
    artist_credit INTEGER NOT NULL,
    type          INTEGER,
    comment       VARCHAR(255) NOT NULL DEFAULT '',
    edits_pending INTEGER NOT NULL DEFAULT 0,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE UNIQUE INDEX release_group_idx_gid ON release_group (gid);
CREATE INDEX release_group_idx_name ON release_group (name);
CREATE INDEX release_group_idx_artist_credit ON release_group (artist_credit);

CREATE TABLE release_group_alias (
    id                 SERIAL PRIMARY KEY,
    release_group      INTEGER NOT NULL,
    name               VARCHAR NOT NULL,
    locale             TEXT,
    edits_pending      INTEGER NOT NULL DEFAULT 0,
    last_updated       TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    type               INTEGER,
    sort_name          VARCHAR NOT NULL,
    primary_for_locale BOOLEAN NOT NULL DEFAULT FALSE,
    ended              BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX release_group_alias_idx_release_group ON release_group_alias (release_group);

CREATE TABLE release_group_gid_redirect (
    gid     UUID PRIMARY KEY,
    new_id  INTEGER NOT NULL,
    created TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE INDEX release_group_gid_redirect_idx_new_id ON release_group_gid_redirect (new_id);

CREATE TABLE release_group_meta (
    id                       INTEGER PRIMARY KEY,
    release_count            INTEGER NOT NULL DEFAULT 0,
    first_release_date_year  SMALLINT,
    first_release_date_month SMALLINT,
    first_release_date_day   SMALLINT,
    rating                   SMALLINT, -- 0 to 100
    rating_count             INTEGER
);

CREATE TABLE release_group_secondary_type_join (
    release_group  INTEGER NOT NULL,
    secondary_type INTEGER NOT NULL,
    created        TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    PRIMARY KEY (release_group, secondary_type)
);

CREATE TABLE release_group_tag (
    release_group INTEGER NOT NULL,
    tag           INTEGER NOT NULL,
    count         INTEGER NOT NULL,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    PRIMARY KEY (release_group, tag)
);
CREATE INDEX release_group_tag_idx_tag ON release_group_tag (tag);

-- ---------------------------------------------------------------------------------------------------
-- Releases
-- ---------------------------------------------------------------------------------------------------

CREATE TABLE release (
    id            SERIAL PRIMARY KEY,
    gid           UUID NOT NULL,
    name          VARCHAR NOT NULL,
    artist_credit INTEGER NOT NULL,
    release_group INTEGER NOT NULL,
    status        INTEGER,
    barcode       VARCHAR(255),
    comment       VARCHAR(255) NOT NULL DEFAULT '',
    edits_pending INTEGER NOT NULL DEFAULT 0,
    quality       SMALLINT NOT NULL DEFAULT -1,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE UNIQUE INDEX release_idx_gid ON release (gid);
CREATE INDEX release_idx_release_group ON release (release_group);
CREATE INDEX release_idx_artist_credit ON release (artist_credit);

CREATE TABLE release_gid_redirect (
    gid     UUID PRIMARY KEY,
    new_id  INTEGER NOT NULL,
    created TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE INDEX release_gid_redirect_idx_new_id ON release_gid_redirect (new_id);

CREATE TABLE release_meta (
    id                 INTEGER PRIMARY KEY,
    cover_art_presence cover_art_presence NOT NULL DEFAULT 'absent'
);

CREATE TABLE release_country (
    release    INTEGER NOT NULL,
    country    INTEGER NOT NULL,
    date_year  SMALLINT,
    date_month SMALLINT,
    date_day   SMALLINT,
    PRIMARY KEY (release, country)
);
CREATE INDEX release_country_idx_country ON release_country (country);

CREATE TABLE release_unknown_country (
    release    INTEGER PRIMARY KEY,
    date_year  SMALLINT,
    date_month SMALLINT,
    date_day   SMALLINT
);

CREATE TABLE release_label (
    id             SERIAL PRIMARY KEY,
    release        INTEGER NOT NULL,
    label          INTEGER,
    catalog_number VARCHAR(255),
    last_updated   TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE INDEX release_label_idx_release ON release_label (release);
CREATE INDEX release_label_idx_label ON release_label (label);

-- ---------------------------------------------------------------------------------------------------
-- Media, tracks and recordings
-- ---------------------------------------------------------------------------------------------------

CREATE TABLE medium (
    id            SERIAL PRIMARY KEY,
    release       INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    format        INTEGER,
    name          VARCHAR NOT NULL DEFAULT '',
    edits_pending INTEGER NOT NULL DEFAULT 0,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    track_count   INTEGER NOT NULL DEFAULT 0,
    gid           UUID NOT NULL
);
CREATE UNIQUE INDEX medium_idx_gid ON medium (gid);
CREATE INDEX medium_idx_release_position ON medium (release, position);

CREATE TABLE recording (
    id            SERIAL PRIMARY KEY,
    gid           UUID NOT NULL,
    name          VARCHAR NOT NULL,
    artist_credit INTEGER NOT NULL,
    length        INTEGER, -- milliseconds
    comment       VARCHAR(255) NOT NULL DEFAULT '',
    edits_pending INTEGER NOT NULL DEFAULT 0,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    video         BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX recording_idx_gid ON recording (gid);
CREATE INDEX recording_idx_artist_credit ON recording (artist_credit);

CREATE TABLE recording_gid_redirect (
    gid     UUID PRIMARY KEY,
    new_id  INTEGER NOT NULL,
    created TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE INDEX recording_gid_redirect_idx_new_id ON recording_gid_redirect (new_id);

CREATE TABLE track (
    id            SERIAL PRIMARY KEY,
    gid           UUID NOT NULL,
    recording     INTEGER NOT NULL,
    medium        INTEGER NOT NULL,
    position      INTEGER NOT NULL, -- 0 for a hidden track before the first
    number        TEXT NOT NULL,    -- as printed, e.g. 'A1'
    name          VARCHAR NOT NULL,
    artist_credit INTEGER NOT NULL,
    length        INTEGER, -- milliseconds
    edits_pending INTEGER NOT NULL DEFAULT 0,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    is_data_track BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX track_idx_gid ON track (gid);
CREATE INDEX track_idx_recording ON track (recording);
CREATE INDEX track_idx_artist_credit ON track (artist_credit);
CREATE INDEX track_idx_medium_position ON track (medium, position);

CREATE TABLE track_gid_redirect (
    gid     UUID PRIMARY KEY,
    new_id  INTEGER NOT NULL,
    created TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE INDEX track_gid_redirect_idx_new_id ON track_gid_redirect (new_id);

-- ---------------------------------------------------------------------------------------------------
-- Links: relationships with URLs and series
-- ---------------------------------------------------------------------------------------------------

CREATE TABLE link_type (
    id                  SERIAL PRIMARY KEY,
    parent              INTEGER,
    child_order         INTEGER NOT NULL DEFAULT 0,
    gid                 UUID NOT NULL,
    entity_type0        VARCHAR(50) NOT NULL,
    entity_type1        VARCHAR(50) NOT NULL,
    name                VARCHAR(255) NOT NULL,
    link_phrase         VARCHAR(255) NOT NULL,
    reverse_link_phrase VARCHAR(255) NOT NULL,
    long_link_phrase    VARCHAR(255) NOT NULL,
    last_updated        TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    is_deprecated       BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE UNIQUE INDEX link_type_idx_gid ON link_type (gid);

CREATE TABLE orderable_link_type (
    link_type INTEGER PRIMARY KEY,
    direction SMALLINT NOT NULL DEFAULT 1
);

CREATE TABLE link (
    id               SERIAL PRIMARY KEY,
    link_type        INTEGER NOT NULL,
    begin_date_year  SMALLINT,
    begin_date_month SMALLINT,
    begin_date_day   SMALLINT,
    end_date_year    SMALLINT,
    end_date_month   SMALLINT,
    end_date_day     SMALLINT,
    attribute_count  INTEGER NOT NULL DEFAULT 0,
    created          TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    ended            BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX link_idx_type_attr ON link (link_type, attribute_count);

CREATE TABLE link_attribute_type (
    id           SERIAL PRIMARY KEY,
    parent       INTEGER,
    root         INTEGER NOT NULL,
    child_order  INTEGER NOT NULL DEFAULT 0,
    gid          UUID NOT NULL,
    name         VARCHAR(255) NOT NULL,
    last_updated TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE UNIQUE INDEX link_attribute_type_idx_gid ON link_attribute_type (gid);

CREATE TABLE link_text_attribute_type (
    attribute_type INTEGER PRIMARY KEY
);

CREATE TABLE link_attribute (
    link           INTEGER NOT NULL,
    attribute_type INTEGER NOT NULL,
    created        TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    PRIMARY KEY (link, attribute_type)
);

CREATE TABLE link_attribute_text_value (
    link           INTEGER NOT NULL,
    attribute_type INTEGER NOT NULL,
    text_value     TEXT NOT NULL,
    PRIMARY KEY (link, attribute_type)
);

CREATE TABLE url (
    id            SERIAL PRIMARY KEY,
    gid           UUID NOT NULL,
    url           TEXT NOT NULL,
    edits_pending INTEGER NOT NULL DEFAULT 0,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE UNIQUE INDEX url_idx_gid ON url (gid);
CREATE UNIQUE INDEX url_idx_url ON url (url);

CREATE TABLE series (
    id            SERIAL PRIMARY KEY,
    gid           UUID NOT NULL,
    name          VARCHAR NOT NULL,
    comment       VARCHAR(255) NOT NULL DEFAULT '',
    type          INTEGER NOT NULL,
    ordering_type INTEGER NOT NULL,
    edits_pending INTEGER NOT NULL DEFAULT 0,
    last_updated  TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);

CREATE TABLE series_gid_redirect (
    gid     UUID PRIMARY KEY,
    new_id  INTEGER NOT NULL,
    created TIMESTAMP WITH TIME ZONE DEFAULT NOW()
);
CREATE INDEX series_gid_redirect_idx_new_id ON series_gid_redirect (new_id);
CREATE UNIQUE INDEX series_idx_gid ON series (gid);

-- In each of these, entity0 is what the first part of the table's name says and entity1 the second.
CREATE TABLE l_artist_url (
    id             SERIAL PRIMARY KEY,
    link           INTEGER NOT NULL,
    entity0        INTEGER NOT NULL,
    entity1        INTEGER NOT NULL,
    edits_pending  INTEGER NOT NULL DEFAULT 0,
    last_updated   TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    link_order     INTEGER NOT NULL DEFAULT 0,
    entity0_credit TEXT NOT NULL DEFAULT '',
    entity1_credit TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX l_artist_url_idx_uniq ON l_artist_url (entity0, entity1, link, link_order);
CREATE INDEX l_artist_url_idx_entity1 ON l_artist_url (entity1);

CREATE TABLE l_release_group_url (
    id             SERIAL PRIMARY KEY,
    link           INTEGER NOT NULL,
    entity0        INTEGER NOT NULL,
    entity1        INTEGER NOT NULL,
    edits_pending  INTEGER NOT NULL DEFAULT 0,
    last_updated   TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    link_order     INTEGER NOT NULL DEFAULT 0,
    entity0_credit TEXT NOT NULL DEFAULT '',
    entity1_credit TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX l_release_group_url_idx_uniq ON l_release_group_url (entity0, entity1, link, link_order);
CREATE INDEX l_release_group_url_idx_entity1 ON l_release_group_url (entity1);

CREATE TABLE l_release_url (
    id             SERIAL PRIMARY KEY,
    link           INTEGER NOT NULL,
    entity0        INTEGER NOT NULL,
    entity1        INTEGER NOT NULL,
    edits_pending  INTEGER NOT NULL DEFAULT 0,
    last_updated   TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    link_order     INTEGER NOT NULL DEFAULT 0,
    entity0_credit TEXT NOT NULL DEFAULT '',
    entity1_credit TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX l_release_url_idx_uniq ON l_release_url (entity0, entity1, link, link_order);
CREATE INDEX l_release_url_idx_entity1 ON l_release_url (entity1);

CREATE TABLE l_release_group_series (
    id             SERIAL PRIMARY KEY,
    link           INTEGER NOT NULL,
    entity0        INTEGER NOT NULL,
    entity1        INTEGER NOT NULL,
    edits_pending  INTEGER NOT NULL DEFAULT 0,
    last_updated   TIMESTAMP WITH TIME ZONE DEFAULT NOW(),
    link_order     INTEGER NOT NULL DEFAULT 0,
    entity0_credit TEXT NOT NULL DEFAULT '',
    entity1_credit TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX l_release_group_series_idx_uniq ON l_release_group_series (entity0, entity1, link, link_order);
CREATE INDEX l_release_group_series_idx_entity1 ON l_release_group_series (entity1);

-- ---------------------------------------------------------------------------------------------------
-- Cover art
-- ---------------------------------------------------------------------------------------------------

CREATE TABLE cover_art_archive.art_type (
    id          SERIAL PRIMARY KEY,
    name        TEXT NOT NULL,
    child_order INTEGER NOT NULL DEFAULT 0,
    gid         UUID NOT NULL
);

CREATE TABLE cover_art_archive.image_type (
    mime_type TEXT PRIMARY KEY,
    suffix    TEXT NOT NULL
);

CREATE TABLE cover_art_archive.cover_art (
    id            BIGINT PRIMARY KEY,
    release       INTEGER NOT NULL,
    comment       TEXT NOT NULL DEFAULT '',
    edit          INTEGER NOT NULL,
    ordering      INTEGER NOT NULL, -- from 1
    date_uploaded TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
    edits_pending INTEGER NOT NULL DEFAULT 0,
    mime_type     TEXT NOT NULL
);
CREATE INDEX cover_art_idx_release ON cover_art_archive.cover_art (release);

CREATE TABLE cover_art_archive.cover_art_type (
    id      BIGINT NOT NULL,
    type_id INTEGER NOT NULL,
    PRIMARY KEY (id, type_id)
);

CREATE TABLE cover_art_archive.release_group_cover_art (
    release_group INTEGER PRIMARY KEY,
    release       INTEGER NOT NULL
);
