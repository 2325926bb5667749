-- Second half of replacing a table by its file.
INSERT INTO {target}
SELECT * FROM {incoming}
EXCEPT
SELECT * FROM {target}
