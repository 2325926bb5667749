-- Pseudo-random numbers that depend on nothing but seed, purpose and row: the same on every run and in any plan.
CREATE OR REPLACE FUNCTION pg_temp.chance(seed bigint, purpose integer, row_number bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(row_number, seed * 1000 + purpose) & 2147483647) / 2147483648.0::double precision;

-- One of the given words, each as often as it stands there.
CREATE OR REPLACE FUNCTION pg_temp.pick(words text [], luck double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN words[1 + floor(luck * cardinality(words))::integer];

-- A waiting time with the given mean, as waiting times are: mostly short, sometimes long.
CREATE OR REPLACE FUNCTION pg_temp.wait(mean interval, luck double precision) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN mean * - ln(1 - luck);

-- Text that breaks careless programs: markup, quotes, formats, line ends, control and bidirectional characters.
CREATE OR REPLACE FUNCTION pg_temp.hostile(luck double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_temp.pick(ARRAY[
    $$'; DROP TABLE issues; --$$,
    $$"quoted", 'quoted', `quoted`$$,
    E'first line\nsecond line\r\nthird\ttabbed',
    '<script>alert(1)</script>',
    '</pre><img src=x onerror=alert(1)>',
    '課題の日本語の題名、全角　空白',
    '🚀👩‍💻 emoji with joiners 🇯🇵',
    repeat('長', 500),
    repeat('x', 500),
    E'\u0001\u0007\u001b[31mcontrol\u007f',
    E'\u202Eright to left override\u202C',
    'עברית وعربية',
    E'\\N',
    E'\\.',
    '%%s %%(name)s {name} {{name}} ${name}',
    'NULL',
    '',
    '   ',
    E'combining e\u0301 and \u200b zero width',
    '=1+1',
    E'trailing backslash \\',
    'null,"a,b",NaN'
], luck);
