UPDATE ops.archived_month
SET state = 'copied', row_count = %(row_count)s, content_checksum = %(checksum)s, file_sha256 = %(sha256)s
WHERE fact_table = %(fact)s AND month_key = %(month_key)s;
