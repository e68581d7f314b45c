-- Words that a word may have been meant to be: those that are the same if a letter is left out of one or both, and
-- those that have most of their trigrams in common. Whoever asks looks at the number of typos.
--
-- $1 text    the word.
-- $2 bigint  most words from either way.
(
    SELECT
        word.word,
        word.frequency
    FROM linernotes_search.word
    WHERE word.shortened && linernotes_search.shortened($1::text)
    ORDER BY word.frequency DESC, word.word
    LIMIT $2::bigint
)
UNION
(
    SELECT
        word.word,
        word.frequency
    FROM linernotes_search.word
    -- Of fewer letters, two typos leave no trigram.
    WHERE length($1::text) >= 6 AND word.word OPERATOR (public.%) $1::text
    ORDER BY word.frequency DESC, word.word
    LIMIT $2::bigint
)
