-- integers among each other
select id, i4::bigint, i2::int, (i4 % 1000)::smallint, i8::numeric, i4::float8, i2::real from ints order by id

-- an integer that does not fit
select i4::smallint from ints where id = 4

-- a bigint that does not fit
select i8::int from ints where id = 4

-- a float that does not fit
select f8::bigint from floats where id = 5

-- floats round half to even
select id, f8::int, f4::smallint from floats where id in (1, 2, 3, 4, 9, 10, 12, 7) and abs(f8) < 1000 order by id

-- numerics round half away from zero
select id, n52::int, n155::bigint, n52::numeric(4,1) from nums where id not in (4, 5) order by id

-- a numeric that does not fit its modifier
select n155::numeric(4,2) from nums where id = 4

-- numerics as floats
select id, n52::float8, n155::real from nums order by id

-- floats as numerics
select id, f8::numeric, f4::numeric from floats where id not in (5, 6) order by id

-- booleans
select true::int, false::text, 1::boolean, 0::bool, 'yes'::bool, 'off'::bool, 't'::boolean

-- no boolean
select 'maybe'::boolean

-- text to dates
select '2024-02-29'::date, 'Jan 5, 2024'::date, '20240105'::date, '2024-01-05 10:00'::timestamp, '10:30 PM'::time, '1 day 2 hours'::interval

-- no date
select '2024-02-30'::date

-- no such format
select 'nonsense'::timestamp

-- dates to text
select id, d::text, ts::text, tz::text, t::text from times order by id

-- timestamps to dates and times
select id, ts::date, ts::time, tz::date, d::timestamp, d::timestamptz from times order by id

-- timestamps with fewer digits
select id, ts::timestamp(0), ts::timestamp(3), tz::timestamptz(1), t::time(2) from times where id <> 9 order by id

-- intervals to text
select id, iv::text, iv::interval(0) from times order by id

-- text to uuid
select 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid, '{a0eebc999c0b4ef8bb6d6bb9bd380a11}'::uuid

-- no uuid
select 'x'::uuid

-- text to bytea
select '\xDEADbeef'::bytea, 'a\\b'::bytea, 'abc'::bytea::text

-- text to json
select '{"b":1,  "a":2}'::json, '{"b":1,  "a":2}'::jsonb

-- no json
select '{"b":}'::json

-- text to numbers
select '12'::int, ' 12 '::int, '-1.50'::numeric, '1e3'::float8, 'NaN'::float8, '-Infinity'::real, '0x'::text

-- text that is too large
select '99999999999'::int

-- text to arrays
select '{1,2,NULL}'::int[], '{"a b",c}'::text[], '{{1,2},{3,4}}'::int[]

-- cast function forms
select cast('1' as int), int '7', float8 '1.5', date '2024-01-01', numeric(5,2) '1.239'

-- casts between text types
select 'abcdef'::varchar(3), 'ab'::char(5), 'ab'::char(5)::text || '|', 'abc'::name, 'x'::"char"

-- oid and regtypes
select 25::oid, 'text'::regtype, 23::regtype::text

-- no such cast
select date '2024-01-01'::int

-- no cast from boolean to float
select true::float8

-- no such type
select 1::nothing

-- a quoted number beside an integer
select 1 + '2', '3' < 4, '2024-01-01' = date '2024-01-01'

-- bit strings
select b'101'::int, 5::bit(4), x'ff'::bit(8)

-- chained casts
select id, i4::text::int::numeric::text from ints order by id

-- casts in where
select id from ints where i4::text like '4%' order by id

-- casts of columns to other widths in joins
select a.id, b.id from ints a join nums b on a.i4 = b.n52::int where b.id not in (4, 5) order by 1, 2

-- date casts in where
select id from times where ts::date = '2024-02-29' order by id


-- values that name rows of the catalog
select 'text'::regtype, pg_typeof(1.5), array['text'::regtype, 'int4'::regtype], row('numeric'::regtype, 1), 'pg_class'::regclass, 'upper'::regproc::text is not null, 'pg_catalog'::regnamespace, 0::regclass, 'int4'::regtype::oid

-- names of types of columns
select id, pg_typeof(id), pg_typeof(n), array[pg_typeof(b)] from mixed order by id

-- names of the catalog through a table of the catalog
select atttypid::regtype, attrelid::regclass::text from pg_attribute where attrelid = 'customers'::regclass and attnum > 0 order by attnum limit 2

