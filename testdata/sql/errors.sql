-- no such table
select * from nothing

-- no such schema
select * from nowhere.ints

-- no such column
select nothing from ints

-- no such column of an alias
select i.nothing from ints i

-- no such alias
select x.id from ints i

-- the table behind an alias
select ints.id from ints i

-- ambiguous column
select customer_id from customers, orders

-- no such function
select nothing(1)

-- no such function for these types
select upper(1)

-- no such operator
select 'a'::text + 1

-- no such operator for dates
select date '2024-01-01' * 2

-- ambiguous operator
select '1' + '2'

-- text with integer
select s = 1 from texts

-- where must be boolean
select 1 where 1

-- having must be boolean
select count(*) from ints having 1

-- case must be boolean
select case when 1 then 2 end

-- syntax error
select from where

-- syntax error at the end
select 1 +

-- unterminated string
select 'abc

-- unterminated quoted identifier
select "abc

-- a column must be grouped
select i4, count(*) from ints

-- a column of another table must be grouped
-- placements: postgres postgres_unrelayed mysql sqlite mem
select c.name, count(*) from customers c, orders o group by c.customer_id, o.order_id having o.status = 'x'

-- aggregate in group by
select count(*) from ints group by count(*)

-- set function in where
select 1 from ints where generate_series(1, 2) = 1

-- window function in where
select 1 from ints where row_number() over () = 1

-- table given twice
select 1 from ints, ints

-- not enough parameters of a function
select substring('a')

-- duplicate alias of a join
select 1 from ints a join nums a on true

-- using a column that is not there
select 1 from ints join customers using (id)

-- values of different length
values (1, 2), (3)

-- types of values that do not match
values (1), ('a'), (true)

-- between of types that do not match
select 1 between 'a' and 3

-- in of types that do not match
select id from ints where i4 in ('a')

-- limit must be a number
select 1 limit 'x'

-- limit with a column
select id from ints limit id

-- a reference to an outer column that is lateral
select * from customers c, (select * from orders o where o.customer_id = c.customer_id) t

-- star without tables
select *

-- star of something unknown
select x.* from ints

-- invalid input in a comparison
select id from ints where i4 = 'x'

-- invalid date in a comparison
select id from times where d = '2024-02-30'

-- out of range in a comparison
select id from ints where i2 = 100000 order by id

-- collation that is not there
select 'a' collate "nothing"

-- collation of an integer
select 1 collate "C"

-- conflicting collations
select 'a' collate "C" < 'b' collate "POSIX"

-- unknown type in a cast
select cast(1 as nothing)

-- subquery must give one column
select 1 in (select 1, 2)

-- subquery without alias
select * from (select 1)

-- rows of different length
select (1, 2) = (1, 2, 3)

-- distinct on must match order by
select distinct on (country) country from customers order by name

-- unknown setting
show nothing

-- aggregate with an unknown name of argument
select sum('a')

-- filter without aggregate
select abs(1) filter (where true)

-- distinct without aggregate
select abs(distinct 1)

-- numeric constant out of range
select 1e400000

-- identifier too long is cut
select 1 as aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg

-- recursion without recursive
with t as (select 1 union all select 1 from t) select * from t

-- order by in an aggregate's distinct
select array_agg(distinct id order by i4) from ints

-- insert into a table that is not there
insert into nothing values (1)

-- update of a column that is not there
update ints set nothing = 1

-- too many values
insert into mixed values (1, 'a', 2)

-- a type that does not fit on insert
insert into mixed (id, note) values ('x', 'y')

-- a column that is not there on insert
insert into mixed (nothing) values (1)

-- a column given twice on insert
insert into mixed (id, id) values (1, 2)

-- a statement that is none
nonsense

-- unknown prepared statement
execute nothing

-- unknown cursor
fetch nothing

-- deallocate of nothing
deallocate nothing

-- several faults: the first counts
select nothing, nowhere from ints where nix = 1
