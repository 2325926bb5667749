COMMENT ON DATABASE {database} IS 'miyabi-dw: restore in progress';
