UPDATE ops.alert_delivery
SET state = 'delivered', attempts = attempts + 1, delivered_at = clock_timestamp(), last_error = NULL
WHERE delivery_id = %(delivery_id)s;
