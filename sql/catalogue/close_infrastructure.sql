UPDATE dim_infrastructure AS held
SET
    expiration_date = %(as_of)s,
    is_current = false,
    record_updated_at = now()
FROM wanted_infrastructure AS wanted
WHERE held.infrastructure_key = wanted.held_key AND NOT wanted.is_correction AND NOT wanted.is_unchanged
