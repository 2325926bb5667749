-- Partitions wait here, out of the way of every query, until what replaces them has been compared.
CREATE SCHEMA IF NOT EXISTS recovery;
