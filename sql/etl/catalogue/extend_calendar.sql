-- One row for each day of the interval; days that are there are corrected where their holiday differs.
WITH holiday AS (
    SELECT
        listed.day,
        listed.name
    FROM unnest(%(holiday_days)s::date [], %(holiday_names)s::text []) AS listed (day, name)
),

day AS (
    SELECT
        series.day::date AS full_date,
        date_trunc('month', series.day) AS month_start,
        (series.day - interval '3 months')::date AS fiscal_day,
        make_date(extract(year FROM series.day - interval '3 months')::integer, 4, 1) AS fiscal_start
    FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') AS series (day)
),

wanted AS (
    SELECT
        to_char(day.full_date, 'YYYYMMDD')::integer AS time_key,
        day.full_date,
        extract(isodow FROM day.full_date)::smallint AS day_of_week,
        to_char(day.full_date, 'FMDay') AS day_name,
        extract(day FROM day.full_date)::smallint AS day_of_month,
        extract(doy FROM day.full_date)::smallint AS day_of_year,
        extract(week FROM day.full_date)::smallint AS week_of_year,
        -- Weeks begin on Monday, so a month touches four to six of them.
        ((extract(day FROM day.full_date) + extract(isodow FROM day.month_start) - 2)::integer / 7 + 1)::smallint
            AS week_of_month,
        extract(month FROM day.full_date)::smallint AS month,
        to_char(day.full_date, 'FMMonth') AS month_name,
        to_char(day.full_date, 'Mon') AS month_abbr,
        extract(quarter FROM day.full_date)::smallint AS quarter,
        to_char(day.full_date, '"Q"Q') AS quarter_name,
        extract(year FROM day.full_date)::smallint AS year,
        extract(isoyear FROM day.full_date)::smallint AS iso_year,
        extract(isodow FROM day.full_date) > 5 AS is_weekend,
        holiday.name IS NOT NULL AS is_holiday,
        holiday.name AS holiday_name,
        extract(isodow FROM day.full_date) <= 5 AND holiday.name IS NULL AS is_business_day,
        extract(year FROM day.fiscal_start)::smallint AS fiscal_year,
        extract(quarter FROM day.fiscal_day)::smallint AS fiscal_quarter,
        extract(month FROM day.fiscal_day)::smallint AS fiscal_month,
        ((day.full_date - day.fiscal_start) / 7 + 1)::smallint AS fiscal_week
    FROM day
    LEFT JOIN holiday ON day.full_date = holiday.day
),

changed AS (
    UPDATE dim_time AS held
    SET
        is_holiday = wanted.is_holiday,
        holiday_name = wanted.holiday_name,
        is_business_day = wanted.is_business_day
    FROM wanted
    WHERE held.time_key = wanted.time_key AND held.holiday_name IS DISTINCT FROM wanted.holiday_name
    RETURNING held.time_key
),

added AS (
    INSERT INTO dim_time (
        time_key, full_date, day_of_week, day_name, day_of_month, day_of_year, week_of_year, week_of_month,
        month, month_name, month_abbr, quarter, quarter_name, year, iso_year, is_weekend, is_holiday, holiday_name,
        is_business_day, fiscal_year, fiscal_quarter, fiscal_month, fiscal_week
    )
    SELECT wanted.*
    FROM wanted
    WHERE NOT EXISTS (SELECT 1 FROM dim_time AS held WHERE held.time_key = wanted.time_key)
    ORDER BY wanted.time_key
    RETURNING time_key
)

SELECT
    (SELECT count(*) FROM added) AS inserted,
    (SELECT count(*) FROM changed) AS updated,
    (SELECT count(*) FROM wanted) - (SELECT count(*) FROM added) - (SELECT count(*) FROM changed) AS unchanged,
    0 AS deleted
