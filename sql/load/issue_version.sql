-- Which version holds on a day: the one in force at the day's end, so from the day it begins until before the day it ends.
CREATE OR REPLACE VIEW issue_version AS
SELECT
    version.issue_id,
    version.issue_key,
    ops.day_key(version.effective_date, %(business_timezone)s) AS from_key,
    coalesce(ops.day_key(version.expiration_date, %(business_timezone)s), 99999999) AS until_key
FROM dim_issue AS version;
