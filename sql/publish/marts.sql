SELECT state.mart
FROM ops.mart_state AS state
ORDER BY state.mart;
