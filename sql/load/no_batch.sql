-- A source table that this pipeline does not read: an empty batch of it, so that what follows need not ask.
CREATE UNLOGGED TABLE IF NOT EXISTS {staged} (LIKE {kept});
