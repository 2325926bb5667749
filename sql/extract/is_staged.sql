SELECT to_regclass('staging.' || quote_ident(%(table)s)) IS NOT NULL AS is_staged;
