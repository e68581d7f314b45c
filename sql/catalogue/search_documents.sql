-- The artists and albums whose words fit, the most important first.
--
-- The index has no order, so a common word would have every row with it read and sorted: no more than $2 of them are,
-- and whoever asks with a common word asks among the important ones first.
--
-- $1 text    words and how they go together, as a tsquery. 'abeatles' is a word of an artist's name, 'tbeatles' of a
--            title, 'cbeatles' of the name of an album's artist; 'Abeatles' and 'Tbeatles' are whole names without
--            spaces; 'a *' and 't *' stand for importance.
-- $2 bigint  most rows that are looked at.
-- $3 bigint  most rows that are given.
SELECT
    document.entity,
    document.gid,
    document.weight,
    document.shown,
    document.name,
    document.others,
    document.credits
FROM (
    SELECT *
    FROM linernotes_search.document
    WHERE document.words @@ $1::text::tsquery
    LIMIT $2::bigint
) AS document
ORDER BY document.weight DESC, document.gid
LIMIT $3::bigint
