-- empty statement

-- show
show datestyle

show timezone

-- its minor version is the machine's
select split_part(current_setting('server_version'), '.', 1)

show server_encoding

show client_encoding

show standard_conforming_strings

show integer_datetimes

show transaction_isolation

show search_path

-- settings change the form of dates
set datestyle = 'SQL, DMY'

-- dates under another style
select id, d, ts, tz from times order by id

reset datestyle

set datestyle = 'German'

-- dates under the German style
select d, ts, tz from times order by id

reset datestyle

set timezone = 'America/New_York'

-- timestamptz in another zone
select id, tz, tz::text, tz::date, extract(hour from tz), date_trunc('day', tz) from times order by id

-- timestamps become timestamptz in another zone
select id, ts::timestamptz, d::timestamptz from times order by id

-- comparison with a timestamp in another zone
select id from times where tz > timestamp '2024-02-29 07:00:00' order by id

show timezone

reset timezone

set intervalstyle = 'iso_8601'

-- intervals in another style
select id, iv from times order by id

set intervalstyle = 'sql_standard'

-- intervals in the style of the standard
select id, iv, iv::text from times order by id

set intervalstyle = 'postgres_verbose'

-- intervals in words
select id, iv from times order by id

reset intervalstyle

set extra_float_digits = 0

-- floats with fewer digits
select id, f4, f8, f8::text from floats order by id

reset extra_float_digits

set bytea_output = 'escape'

-- bytea in the old form
select id, y, y::text from misc order by id

reset bytea_output

-- set_config and current_setting
select set_config('datestyle', 'ISO, YMD', false), current_setting('datestyle')

reset all

-- a setting of one's own
set my.own = 'value'

-- a setting of one's own read
select current_setting('my.own'), current_setting('my.other', true)

-- a setting that is not there
select current_setting('my.other')

-- a value that is wrong
set datestyle = 'nonsense'

-- a zone that is wrong
set timezone = 'Nowhere/City'

-- a number that is wrong
set extra_float_digits = 100

-- a setting that can not be changed
set server_version = '1'

-- a setting that is not there to be set
set nothing = 1

-- set local outside of a transaction
set local datestyle = 'SQL'

begin

set local timezone = 'Asia/Tokyo'

-- inside
select tz from times where id = 2

rollback

-- outside again
select tz from times where id = 2

-- session information
select current_user, session_user, current_schema(), current_schemas(false), pg_backend_pid() > 0, version() like 'PostgreSQL 15%'

-- prepare
prepare p1 (int, text) as select id, s from texts where id = $1 or s = $2 order by id

-- execute
execute p1 (1, 'z')

-- execute with an expression
execute p1 (1 + 1, null)

-- execute with too few parameters
execute p1 (1)

-- execute with a wrong value
execute p1 ('x', 'y')

-- prepare again under the same name
prepare p1 as select 1

deallocate p1

-- execute what is gone
execute p1 (1, 'z')

-- prepare without types
prepare p2 as select id from ints where i4 = $1 order by id

execute p2 (42)

-- prepare with an unknown type
prepare p3 as select $1

deallocate all

discard all

-- parameters: integer
-- params: 42
select id, i4 + $1 from ints where i4 = $1 order by id

-- parameters: text
-- params: abc
select id, s, $1 || 'x' from texts where s = $1 order by id

-- parameters: null
-- params: \N
select id from ints where i4 = $1 or $1 is null order by id

-- parameters: cast
-- params: 2024-02-29 | 3
select id, d + $2::int from times where d >= $1::date order by id

-- parameters: in a list
-- params: 1 | 2 | 3
select id from ints where id in ($1, $2, $3) order by id

-- parameters: any of an array
-- params: {1,5,9}
select id from ints where id = any ($1) order by id

-- parameters: limit
-- params: 2 | 1
select id from ints order by id limit $1 offset $2

-- parameters: like
-- params: a%
select id from texts where s like $1 order by id

-- parameters: numeric and float
-- params: 1.10 | 0.1
select n.id, f.id from nums n, floats f where n.n52 = $1 and f.f8 = $2 order by 1, 2

-- parameters: a value that is wrong
-- params: x
select id from ints where id = $1

-- parameters: a type that can not be told
-- params: x
select $1

-- parameters: two types for one
-- params: 1
select $1::int, $1::text

-- parameters: boolean and timestamp
-- params: true | 2024-01-01 00:00:00+00
select i.id, t.id from ints i, times t where i.b = $1 and t.tz > $2 and i.id < 3 order by 1, 2

-- parameters: too many
-- params: 1 | 2
select $1::int
