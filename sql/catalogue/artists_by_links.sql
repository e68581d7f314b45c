-- The artist that each of many pages is about. Current links go before ended ones, then older artists before newer
-- ones.
--
-- $1 text[]  the pages' URLs, as MusicBrainz writes them. Those that nothing links to are left out.
SELECT DISTINCT ON (url.url)
    url.url,
    artist.gid
FROM musicbrainz.url
JOIN musicbrainz.l_artist_url AS linked ON linked.entity1 = url.id
JOIN musicbrainz.link ON link.id = linked.link
JOIN musicbrainz.artist ON artist.id = linked.entity0
WHERE url.url = ANY($1::text[])
ORDER BY url.url, link.ended, artist.id
