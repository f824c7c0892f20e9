-- scalar subquery in the select list
select name, (select count(*) from orders o where o.customer_id = c.customer_id) as n from customers c order by 1

-- scalar subquery, not correlated
select order_id, (select max(price) from products) from orders where order_id < 4 order by 1

-- scalar subquery in where
select name from customers where credit > (select avg(credit) from customers) order by 1

-- correlated subquery in where
select order_id, line, price from items i where price > (select avg(price) from items j where j.product_id = i.product_id) order by 1, 2

-- scalar subquery of many rows
select (select name from customers where country = 'GB')

-- correlated scalar subquery of many rows
select c.name, (select o.order_id from orders o where o.customer_id = c.customer_id) from customers c

-- subquery of two columns
select (select 1, 2)

-- in
select name from customers where customer_id in (select customer_id from orders where status = 'new') order by 1

-- not in
select name from customers where customer_id not in (select customer_id from orders where customer_id is not null) order by 1

-- in, correlated
select o.order_id from orders o where 3 in (select i.quantity from items i where i.order_id = o.order_id) order by 1

-- not in, correlated
select o.order_id from orders o where 3 not in (select i.quantity from items i where i.order_id = o.order_id) order by 1

-- in as a value
select customer_id, customer_id in (select customer_id from orders where order_id > 50) as recent from customers order by 1

-- row in a subquery
select order_id, line from items where (product_id, quantity) in (select product_id, quantity from items group by 1, 2 having count(*) > 2) order by 1, 2

-- exists as a value
select name, exists (select 1 from orders o where o.customer_id = c.customer_id and o.shipped_at is null) from customers c order by 1

-- exists or a condition
select name from customers c where vip or exists (select 1 from orders o where o.customer_id = c.customer_id and o.order_id = 4) order by 1

-- not exists with two levels
select c.name from customers c where not exists (select 1 from orders o where o.customer_id = c.customer_id and not exists (select 1 from items i where i.order_id = o.order_id and i.quantity > 3)) order by 1

-- any
select id from ints where i4 > any (select a from nulls where a is not null) order by id

-- all
select id from ints where i4 >= all (select a from nulls where a is not null) order by id

-- all over nothing
select count(*) from ints where i4 > all (select id from empty)

-- any over nothing
select count(*) from ints where i4 > any (select id from empty)

-- all with a null
select count(*) from ints where i4 > all (select a from nulls)

-- any, correlated
select p.name from products p where p.price < any (select i.price from items i where i.product_id = p.product_id) order by 1

-- derived table
select t.country, t.n from (select country, count(*) as n from customers group by country) t where t.n > 1 order by 1

-- nested derived tables
select max(n) from (select country, n from (select country, count(*) as n from customers group by country) a where n < 10) b

-- derived table with limit
select sum(order_id) from (select order_id from orders order by order_id desc limit 5) t

-- derived table with distinct
select count(*) from (select distinct customer_id, status from orders) t

-- aggregate of a correlated subquery
select sum((select count(*) from items i where i.order_id = o.order_id)) from orders o

-- subquery in having
select customer_id, count(*) from orders group by customer_id having count(*) > (select avg(n) from (select count(*) as n from orders group by customer_id) t) order by 1

-- subquery in group by
select (select country from customers c where c.customer_id = o.customer_id) as country, count(*) from orders o group by 1 order by 1

-- subquery in order by
select name from customers c order by (select count(*) from orders o where o.customer_id = c.customer_id) desc, name

-- subquery in case
select name, case when exists (select 1 from orders o where o.customer_id = c.customer_id) then 'buys' else 'looks' end from customers c order by 1

-- subquery in limit
select order_id from orders order by order_id limit (select count(*) / 5 from customers)

-- subquery in values
values ((select min(id) from ints)), (2) order by 1

-- correlated through two levels
select c.name, (select count(*) from orders o where o.customer_id = c.customer_id and exists (select 1 from items i where i.order_id = o.order_id and i.price > c.credit)) from customers c order by 1

-- array subquery
select c.name, array(select o.order_id from orders o where o.customer_id = c.customer_id order by 1) from customers c order by 1

-- correlated maximum
select o.* from orders o where o.ordered_on = (select max(x.ordered_on) from orders x where x.customer_id = o.customer_id) order by 1

-- latest row of each group by exclusion
select o.order_id from orders o where not exists (select 1 from orders x where x.customer_id = o.customer_id and (x.ordered_on, x.order_id) > (o.ordered_on, o.order_id)) order by 1

-- count of a correlated outer aggregate
select c.customer_id, (select count(i.line) from orders o left join items i on i.order_id = o.order_id where o.customer_id = c.customer_id) as n from customers c order by 1

-- correlated subquery with coalesce
select c.customer_id, coalesce((select sum(i.price) from orders o join items i using (order_id) where o.customer_id = c.customer_id and o.status = 'paid'), 0) from customers c order by 1

-- scalar subquery of a grouped query
select (select count(*) from orders group by customer_id having customer_id = 99)

-- exists over an aggregate is always true
select count(*) from customers c where exists (select sum(order_id) from orders o where o.customer_id = c.customer_id)

-- subquery with offset
select name, (select order_id from orders o where o.customer_id = c.customer_id order by order_id offset 1 limit 1) from customers c order by 1

-- correlated limit in exists
select name from customers c where exists (select 1 from orders o where o.customer_id = c.customer_id limit 1) order by 1

-- in with a set operation
select id from ints where i4 in (select a from nulls union select b from nulls) order by id

-- comparison of two scalar subqueries
select (select count(*) from orders) > (select count(*) from items) as more

-- subquery over a cross join
select count(*) from (select 1 from customers, products) t

-- correlated inequality
select e.name, (select count(*) from employees x where x.salary > e.salary) as above from employees e order by 1

-- a sub-query in a branch of CASE x WHEN that is not taken
select x, case x when 1 then 'a' when 2 then 'b' else (select (1 / (x - x))::text) end from (values (1), (2)) v (x) order by 1

-- a sub-query behind a value of COALESCE
select x, coalesce(x, (select 1 / (x - x))) from (values (1), (2)) v (x) order by 1

-- a sub-query behind OR
select x, x = 1 or (select 1 / (x - 1)) > 0 from (values (1), (2)) v (x) order by 1

-- a sub-query behind AND
select x, x > 1 and (select 1 / (x - 1)) > 0 from (values (1), (2)) v (x) order by 1

-- IN behind OR
select x, x > 0 or 3 in (select 1 / (x - x)) from (values (1), (2)) v (x) order by 1

-- EXISTS and ARRAY in branches
select x, case when x > 0 then array[x] else array(select 1 / (x - x)) end, x > 0 or exists (select from (values (1)) w (y) where y / (x - x) = 1) from (values (1), (2)) v (x) order by 1

-- the branch is taken for one row
select x, case x when 1 then 0 else (select 1 / (x - 2)) end from (values (1), (2)) v (x)
