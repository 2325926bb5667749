-- After a crash of the server unlogged tables come back empty, this one with the batch beside it.
CREATE UNLOGGED TABLE {mark} AS SELECT true AS is_whole
