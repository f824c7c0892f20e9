-- powers and roots
-- not yet: gives 3|8|1.7320508075688772|3|9|9.0000000000000000
select id, 2 ^ id, sqrt(id), cbrt(id::float8 * id * id), power(id, 2), power(id::numeric, 2) from ints where id < 8 order by id
