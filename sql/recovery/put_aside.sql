ALTER TABLE {partition} SET SCHEMA recovery;
