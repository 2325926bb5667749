SELECT count(*) AS rows FROM fact_issue_processing WHERE process_date = %(day)s;
