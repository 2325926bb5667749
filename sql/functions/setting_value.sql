-- Settings as the warehouse knows them: written by the program, read by its SQL.

CREATE OR REPLACE FUNCTION ops.setting_value(setting_name text, fallback text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE((SELECT known.value FROM ops.setting AS known WHERE known.name = setting_name), fallback);
COMMENT ON FUNCTION ops.setting_value IS 'A setting as text, or the fallback where none was written yet.';

CREATE OR REPLACE FUNCTION ops.setting_words(setting_name text, fallback text) RETURNS text []
LANGUAGE sql STABLE PARALLEL SAFE
RETURN string_to_array(ops.setting_value(setting_name, fallback), ',');
COMMENT ON FUNCTION ops.setting_words IS 'A setting that lists words.';

CREATE OR REPLACE FUNCTION ops.business_zone() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN ops.setting_value('business_timezone', 'Asia/Tokyo');
COMMENT ON FUNCTION ops.business_zone IS 'Time zone whose days are the business days.';
