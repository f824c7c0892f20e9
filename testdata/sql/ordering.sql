-- order by a column
select name from customers order by name

-- order by several directions
select country, name from customers order by country desc, name asc

-- order by position
select name, country from customers order by 2, 1

-- order by an alias
select name, credit * 2 as twice from customers order by twice, name

-- order by an expression
select name from customers order by length(name), name desc

-- order by what is not selected
select name from customers order by credit desc nulls last, customer_id

-- order by a column hides behind an alias
select - customer_id as customer_id from customers order by customer_id

-- order by an expression of an input column
select - customer_id as x from customers order by - customer_id

-- limit
select order_id from orders order by order_id limit 3

-- offset
select order_id from orders order by order_id offset 57

-- limit and offset
select order_id from orders order by order_id limit 3 offset 10

-- limit zero
select order_id from orders order by order_id limit 0

-- limit null and all
select count(*) from (select order_id from orders limit null) a, (select order_id from orders limit all) b

-- negative limit
select order_id from orders order by order_id limit -1

-- negative offset
select order_id from orders order by order_id offset -1

-- limit past the end
select order_id from orders order by order_id limit 100 offset 59

-- fetch first
select order_id from orders order by order_id fetch first 2 rows only

-- fetch first row
select order_id from orders order by order_id desc fetch first row only

-- offset and fetch
select order_id from orders order by order_id offset 2 rows fetch next 2 rows only

-- with ties
-- unordered
select status from orders order by status fetch first 1 row with ties

-- with ties over two columns
-- unordered
select customer_id, order_id from orders order by customer_id desc nulls last fetch first 3 rows with ties

-- limit without order over one row
select name from customers where customer_id = 3 limit 1

-- limit with an expression
select order_id from orders order by order_id limit 1 + 1

-- top of a large table
select id, v from wide order by v desc, id limit 5

-- top by text
select id, s from wide order by s desc nulls last, id limit 5

-- bottom with nulls first
select id, s from wide order by s nulls first, id limit 5

-- sort of a large table
select sum(id * rn) from (select id, v % 10 as rn from wide order by v, id offset 10) t

-- distinct
select distinct status from orders order by status

-- distinct of several columns
select distinct customer_id, status from orders order by customer_id, status

-- distinct with an expression
select distinct length(name) from customers order by 1 desc

-- distinct on
select distinct on (customer_id) customer_id, order_id, ordered_on from orders order by customer_id, ordered_on desc, order_id

-- distinct on two expressions
select distinct on (country, vip) country, vip, name from customers order by country, vip, name desc

-- distinct with an order by that is not selected
select distinct status from orders order by order_id

-- distinct with limit
select distinct customer_id from orders order by customer_id limit 3

-- order by null constants
select name from customers order by null, name

-- order by numerics
select id, n155 from nums order by n155, id

-- order by numerics downwards
select id, n52 from nums order by n52 desc, id

-- order by an untyped numeric
select id, n from nums order by n, id

-- order by floats
select id, f8 from floats order by f8 desc, id

-- order by dates
select id, d from times order by d desc, id

-- order by timestamps
select id, ts from times order by ts, id desc

-- order by times
select id, t from times order by t, id

-- order by using
select id from ints order by i4 using >, id

-- order by a text expression
select s from texts order by lower(s), s desc, id

-- order by in a union
select name from customers union select name from products order by name limit 5

-- order by a position out of range
select name from customers order by 3

-- order by an unknown column
select name from customers order by nothing

-- subqueries keep no order but limits
select count(*) from (select id from wide order by v limit 100) t where id > 0

-- values in order
values (3, 'c'), (1, 'a'), (2, null) order by 1

-- values with column names
select column1, column2 from (values (1, 'x'), (2, 'y')) v order by column1 desc

-- table command
table mixed order by id
