-- The artists linked to a Spotify artist, current links first.
--
-- Lidarr's Spotify lists name artists by Spotify's id. Several artists may link to one page; the first is the best
-- guess.
--
-- $1 text  Spotify's artist id.
SELECT artist.gid
FROM musicbrainz.url
JOIN musicbrainz.l_artist_url AS linked ON linked.entity1 = url.id
JOIN musicbrainz.link ON link.id = linked.link
JOIN musicbrainz.artist ON artist.id = linked.entity0
WHERE url.url IN (
    'https://open.spotify.com/artist/' || $1::text,
    'http://open.spotify.com/artist/' || $1::text
)
GROUP BY artist.id, artist.gid
ORDER BY bool_and(link.ended), artist.id
