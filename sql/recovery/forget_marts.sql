DELETE FROM ops.migration WHERE name = 'marts';
