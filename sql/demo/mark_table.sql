COMMENT ON TABLE {table} IS 'Demonstration data of Miyabi DW'
