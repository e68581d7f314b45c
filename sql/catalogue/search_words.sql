-- How many artists and albums have each of some words in their names; words that none has are left out.
--
-- $1 text[]  words.
SELECT
    word.word,
    word.frequency
FROM linernotes_search.word
WHERE word.word = ANY ($1::text[])
