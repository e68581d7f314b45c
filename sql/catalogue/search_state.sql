-- What the search index holds, and of which moment.
SELECT
    state.format,
    state.as_of,
    state.artists,
    state.albums
FROM linernotes_search.state
