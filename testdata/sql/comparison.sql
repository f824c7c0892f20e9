-- all six comparisons of integers
select id, i4 = 42, i4 <> 42, i4 < 42, i4 <= 42, i4 > 42, i4 >= 42 from ints order by id

-- != is <>
select id from ints where i4 != 42 order by id

-- comparisons across widths
select a.id, b.id from ints a join ints b on a.i2 = b.i8 order by 1, 2

-- integer with numeric and float
select id from ints where i4 > 41.5 and i4 < 100.5::float8 order by id

-- between
select id, i4 from ints where i4 between -42 and 42 order by id

-- not between
select id, i4 from ints where i4 not between -42 and 42 order by id

-- between symmetric
select id, i4 from ints where i4 between symmetric 42 and -42 order by id

-- in a list
select id from ints where i4 in (1, 42, -1, null) order by id

-- not in a list
select id from ints where i4 not in (1, 42, -1) order by id

-- not in a list with a null finds nothing
select id from ints where i4 not in (1, null) order by id

-- is null and is not null
select id from ints where i4 is null or b is not null and i2 is null order by id

-- is distinct from
select a.id, b.id from nulls a0 join ints a on a.i4 = a0.a join ints b on b.i2 is not distinct from a.i2 where b.id < 6 order by 1, 2

-- is distinct from a constant
select id from ints where i4 is distinct from 42 order by id

-- a constant null
select id, i4 = null, null = null, i4 is null, null is null from ints where id < 4 order by id

-- booleans
select id, b, not b, b and true, b or false, b and null, b or null, b = true, b is true, b is not true, b is false, b is unknown, b is not unknown from ints order by id

-- boolean order
select id, b from ints order by b, id

-- boolean order downwards
select id, b from ints order by b desc, id

-- boolean columns as conditions
select id from ints where b order by id

-- negated boolean columns as conditions
select id from ints where not b order by id

-- three-valued logic in where
select id from nulls n join ints on ints.id = n.a where not (n.b > 1 and n.n > 1) order by id

-- or over several columns
select g, a, b from nulls where a = 1 or b = 2 or g = 'z' order by 1, 2, 3

-- row comparison
select id from ints where (i2, i4) = (7, 42) order by id

-- row comparison less than
select id from ints where (i2, i4) < (7::smallint, 43) order by id

-- row comparison with nulls
select (1, null) = (1, null), (1, null) = (2, null), row(1, 2) < row(1, null), row(1, 2) < row(2, null)

-- row in a list
select id from ints where (i2, i4) in ((7, 42), (1, 1)) order by id

-- text equality counts case and blanks
select id from texts where s = 'abc' order by id

-- text in a list
select id, s from texts where s in ('abc', 'ABC', 'a', '') order by id

-- text order is by code point
select id, s from texts order by s, id

-- text order downwards
select id, s from texts order by s desc, id

-- text comparison
select id, s < 'abc', s >= 'b', s <> 'z' from texts order by id

-- text between
select id from texts where s between 'A' and 'b' order by id

-- char ignores blanks at the end
select id, c = 'a', c = 'a  ', length(c), c || '|' from texts order by id

-- varchar counts blanks at the end
select id, v = 'a', v = 'a ', v || '|' from texts order by id

-- empty text is not null
select id, s = '', s is null, length(s) from texts where id in (4, 5) order by id

-- comparison of columns
select id from texts where s = v order by id

-- dates
select id, d from times where d > '2000-01-01' and d < date '2024-03-01' order by id

-- date with timestamp
select id from times where d = ts order by id

-- timestamps
select id, ts from times where ts >= '2024-02-29 12:34:56.789012' order by id

-- timestamptz
select id, tz from times where tz < '2000-01-01 00:00:00+00' order by id

-- timestamptz with a zone
select id from times where tz >= '2024-02-29 07:34:56.789012-05' order by id

-- infinity
select id, dx, tx, isfinite(dx), isfinite(tx) from times order by dx, id

-- uuid
select id, u from misc where u > 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' order by u, id

-- bytea
select id, y from misc where y > '\x00' order by y, id

-- numerics that are equal at different scales
select a.id, b.id from nums a join nums b on a.n52 = b.n155 order by 1, 2

-- numeric equality with literals of other scale
select id from nums where n52 = 1.1 or n155 = 2.50000 or n10 = 1.0 order by id

-- floats with numerics
select id from floats where f8 = 0.1 order by id

-- single precision with double
select id, f4 = f8, f4 = 0.1, f4::float8 from floats where id not in (5,6,8) order by id

-- intervals
select id, iv > interval '1 day', iv = interval '30 days' from times order by id

-- intervals order
select id, iv from times order by iv, id

-- num_nulls
select num_nulls(a, b, n), num_nonnulls(a, b, n), g from nulls order by 1, 3, 2

-- any of an array
select id from ints where i4 = any (array[1, 42]) order by id

-- all of an array
select id from ints where i4 <> all (array[1, 42]) order by id

-- any of a text array
select id from texts where s = any ('{abc,ABC,NULL}'::text[]) order by id

-- like any
select id from texts where s like any (array['a%', '%x']) order by id
