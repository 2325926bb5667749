-- The header must name the columns of the table, in order: a misspelt or missing column is an error, not a null.
COPY {incoming} FROM STDIN (FORMAT csv, HEADER MATCH, ENCODING 'UTF8')
