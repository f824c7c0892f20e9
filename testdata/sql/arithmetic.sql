-- integers added, subtracted and multiplied where nothing overflows
select id, i2 + i2 as s2, i4 - 1 as m, i8 / 3 as d from ints where id in (1, 2, 3, 9, 10, 11, 12, 13, 15) order by id

-- smallint with integer and bigint
select id, i2 + i4, i2 * i8, i4 + i8 from ints where id not in (4, 5, 6, 7) order by id

-- division truncates towards zero, and % has the dividend's sign
select id, i4 / 7 as q, i4 % 7 as r, i8 / -7 as q8, i8 % -7 as r8, i2 / 2::smallint as q2 from ints order by id

-- mod() and div()
select id, mod(i4, 10), div(n155, 3), mod(n52, 2) from ints join nums using (id) order by id

-- overflow of an addition
select i4 + 1 from ints where id = 4

-- overflow of a subtraction
select i4 - 1 from ints where id = 5

-- overflow of a bigint product
select i8 * i8 from ints where id = 4

-- overflow of a smallint product
select i2 * i2 from ints where id = 4

-- overflow of a negation
select -i8 from ints where id = 5

-- smallint negation overflow
select - i2 from ints where id = 5

-- division by zero
select 10 / i4 from ints where id = 1

-- modulo by zero
select 10 % i4 from ints where id = 1

-- division by zero of a numeric
select n52 / n155 from nums where id = 1

-- division by zero of a float
select f8 / 0 from floats where id = 2

-- the smallest integer divided by -1
select i4 / -1 from ints where id = 5

-- the smallest integer modulo -1
select i4 % -1 from ints where id = 5

-- abs of the smallest integer
select abs(i4) from ints where id = 5

-- abs, sign and unary minus
select id, abs(i4), abs(n52), sign(n52), - n52, + i4, @ i4 from ints join nums using (id) where id <> 5 order by id

-- bit operators
select id, i4 & 12, i4 | 3, i4 # 5, ~ i4, i4 << 2, i4 >> 1, i8 & 255 from ints order by id

-- shifts of bigints by large counts
select id, i8 << 70, i8 >> 65, 1::bigint << 40 from ints where id in (2, 3, 9) order by id

-- precedence
select - 2 ^ 2, 2 ^ 3 ^ 2, 5 % 3 * 2, 1 << 2 + 1, not false and false, 2 + 3 * 4 - 1

-- numeric sums keep the larger scale
select id, n52 + n155, n52 - 1, n52 * n155, n10 + n52 from nums order by id

-- numeric quotients
select id, n52 / 3 as a, n155 / 7 as b, 1 / nullif(n52, 0) as c, n10 / nullif(n155, 0) as d from nums order by id

-- numeric without a modifier
select id, n + 1, n * 2, n / 3, - n, n = n from nums order by id

-- numeric modulo
select id, n52 % 2, n155 % 0.7, n10 % 3 from nums order by id

-- rounding halves: away from zero for numeric
select id, round(n52), round(n52, 1), trunc(n52), trunc(n155, 2), ceil(n52), floor(n52) from nums order by id

-- rounding halves: to even for floats
select id, round(f8), trunc(f8), ceil(f8), floor(f8) from floats where id not in (5, 8) order by id

-- rounding to negative digits
select id, round(n10, -3), trunc(n10, -2) from nums order by id

-- floats added and multiplied
select id, f8 + 1, f8 * 0.5::float8, f4 + f4, f4 * f8, f8 - f8 from floats where id not in (5, 6, 12) order by id

-- float overflow
select f8 * 10 from floats where id = 5

-- float underflow
select f8 * f8 from floats where id = 6

-- NaN and infinities
select id, x8, x8 + 1, x8 = x8, x8 > 'Infinity'::float8 from floats order by id

-- NaN sorts above infinity
select id, x8 from floats order by x8, id

-- integers mixed with numerics and floats
select id, i4 + 1.5, i4 * 2::numeric(5,1), i4 + 0.5::float8, i8 / 2.0 from ints where id not in (4, 5, 6, 7) order by id

-- integer literals of every width
select 1, 2147483647, 2147483648, 9223372036854775807, 9223372036854775808, 1e3, 1.50, .5, 1e-3

-- logarithms and exponentials
select id, ln(id), log(id), log(2, id::numeric), exp(id::numeric / 4), exp(id::float8) from ints where id in (1, 2, 3, 10) order by id

-- square root of a negative number
select sqrt(n52) from nums where id = 3

-- logarithm of zero
select ln(n52) from nums where id = 1

-- negative number to a fraction
select power(-8, 1.0/3)

-- greatest and least
select id, greatest(i2, i4, 3), least(i2, i4, 3), greatest(null, i4), least(n52, i4) from ints join nums using (id) order by id

-- gcd and lcm
select id, gcd(i4, 6), lcm(i4, 4), gcd(i8, 1000) from ints where id in (1, 2, 3, 9, 10, 12, 13) order by id

-- width_bucket
select id, width_bucket(n52, 0, 100, 5), width_bucket(id::float8, 1, 14, 4) from nums order by id

-- factorial, pi and degrees
select factorial(20), pi(), degrees(pi()), radians(180::float8), trunc(sin(1)::numeric, 10), sign(-2.5::float8)

-- scale, min_scale and trim_scale
select id, scale(n52), min_scale(n155), trim_scale(n155) from nums order by id

-- smallint arithmetic stays smallint
select pg_typeof(i2 + i2), pg_typeof(i2 + i4), pg_typeof(i4 + i8), pg_typeof(i4 / 2.0), pg_typeof(f4 * 2) from ints, floats where ints.id = 1 and floats.id = 1

-- powers and roots of integers
select id, 2 ^ id, sqrt(id), cbrt(8::float8), power(id, 2), power(id::numeric, 2) from ints where id < 8 order by id
