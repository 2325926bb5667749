-- The batch's own tables first, then the star schema.
SELECT set_config('search_path', quote_ident(%(schema)s) || ', public', false);
