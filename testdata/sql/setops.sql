-- union
select customer_id from customers union select product_id from products order by 1

-- union all
select country from customers union all select category from products order by 1

-- intersect
select customer_id from customers intersect select product_id from products order by 1

-- intersect all
select customer_id % 3 as m from customers intersect all select product_id % 3 from products order by 1

-- except
select customer_id from customers except select product_id from products order by 1

-- except all
select customer_id % 3 as m from customers except all select product_id % 3 from products order by 1

-- precedence of intersect
select 1 as x union select 2 intersect select 3 order by 1

-- parentheses
(select 1 as x union select 2) intersect select 2 order by 1

-- except is left associative
select 1 as x except select 2 except select 1

-- types unify
select 1 as x union select 2.5 order by 1

-- types unify with null
select null as x union select 1 order by 1

-- unknown literals become text
select 'a' as x union select 'b' order by 1

-- integers of different widths
select i2 as x from ints union select i4 from ints order by 1

-- text and varchar
select s as x from texts union select v from texts order by 1

-- dates and timestamps
select d as x from times where id < 4 union all select ts from times where id < 4 order by 1

-- types that do not unify
select 1 union select 'a'

-- types that can not be matched
select true union select 1

-- numbers of columns that differ
select 1, 2 union select 1

-- names come from the first
select 1 as a union select 2 as b order by a

-- limit inside a branch
(select order_id from orders order by order_id limit 2) union all (select order_id from orders order by order_id desc limit 2) order by 1

-- limit over all
select order_id from orders union all select customer_id from customers order by 1 desc limit 4

-- set operations in a derived table
select count(*), sum(x) from (select order_id as x from orders union all select product_id from products) t

-- set operations with aggregates
select 'orders' as what, count(*) from orders union all select 'items', count(*) from items union all select 'customers', count(*) from customers order by 1

-- union of three
select 1 as x union all select 1 union select 1

-- union all after union
select 1 as x union select 1 union all select 1

-- large unions
select count(*) from (select g100 from wide union select g7 from wide) t

-- large intersections
select count(*), sum(id) from (select id from wide intersect select v from wide) t

-- large exceptions
select count(*), sum(id) from (select id from wide except select v from wide) t

-- set operation in exists
select name from customers c where exists (select 1 from orders o where o.customer_id = c.customer_id and order_id < 5 union select 1 from products where product_id = c.customer_id and price > 100) order by 1

-- set operation with values
values (1), (2) union values (2), (3) order by 1

-- numerics of different scale in a union
select 1.0 as x union select 1.00 order by 1

-- filters over a union
select x from (select customer_id as x, 'c' as k from customers union all select product_id, 'p' from products) t where x > 6 and k = 'p' order by 1

-- order by an expression over a union
select 1 as x union select 2 order by x + 1

-- order by a column that is not in the result
select customer_id from customers union select product_id from products order by name

-- groups over a union
select k, count(*) from (select status as k from orders union all select country from customers) t group by k order by k
