-- Aliases that name nobody, and aliases that are another member's own name.
SELECT
    spelled.alias,
    spelled.{member} AS member,
    owner.{member} AS own_name_of
FROM {aliases} AS spelled
LEFT JOIN {members} AS named ON spelled.{member} = named.{member}
LEFT JOIN {members} AS owner
    ON lower(btrim(spelled.alias)) = lower(owner.{member}) AND spelled.{member} <> owner.{member}
WHERE named.{member} IS NULL OR owner.{member} IS NOT NULL
ORDER BY spelled.alias
LIMIT 1
