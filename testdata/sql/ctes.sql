-- one
with big as (select * from customers where credit > 100) select name from big order by 1

-- used twice
with n as (select customer_id, count(*) as n from orders group by customer_id) select a.customer_id, b.customer_id from n a join n b on a.n = b.n and a.customer_id < b.customer_id order by 1, 2

-- one in another
with a as (select 1 as x), b as (select x + 1 as y from a) select * from a, b

-- column names
with t (p, q) as (select 1, 'x') select q, p from t

-- materialized
with t as materialized (select customer_id from customers where customer_id > 5) select count(*) from t

-- not materialized
with t as not materialized (select customer_id from customers) select * from t where customer_id = 3

-- hides a table
with customers as (select 7 as customer_id) select * from customers

-- in a subquery
select name from customers where customer_id in (with t as (select customer_id from orders where status = 'new') select customer_id from t) order by 1

-- in a branch of a union
(with t as (select 1 as x) select x from t) union all select 2 order by 1

-- not used
with t as (select 1 / 0 as x) select 1 as y

-- recursive counting
with recursive t (n) as (values (1) union all select n + 1 from t where n < 10) select n from t order by n

-- recursive sum
with recursive t (n) as (select 1 union all select n + 1 from t where n < 2000) select count(*), sum(n) from t

-- recursive with union stops at repetition
with recursive t (n) as (select 1 union select (n * 2) % 7 from t) select n from t order by n

-- a tree downwards
with recursive tree as (select id, name, manager_id, 1 as depth from employees where manager_id is null union all select e.id, e.name, e.manager_id, t.depth + 1 from employees e join tree t on e.manager_id = t.id)
select id, name, depth from tree order by depth, id

-- a tree upwards
with recursive up as (select id, manager_id, name from employees where id = 9 union all select e.id, e.manager_id, e.name from employees e join up on up.manager_id = e.id) select name from up order by id

-- paths in a tree
with recursive p as (select id, name::text as path from employees where manager_id is null union all select e.id, p.path || '/' || e.name from employees e join p on e.manager_id = p.id) select path from p order by path

-- aggregate over a tree
with recursive t as (select id, id as root from employees union all select e.id, t.root from employees e join t on e.manager_id = t.id) select root, count(*) from t group by root order by root

-- fibonacci
with recursive f (a, b, i) as (select 0::numeric, 1::numeric, 1 union all select b, a + b, i + 1 from f where i < 100) select max(a) from f

-- types must agree in a recursion
with recursive t (n) as (select 1 union all select n + 0.5 from t where n < 3) select * from t

-- limit ends a recursion
with recursive t (n) as (select 1 union all select n + 1 from t) select n from t limit 5

-- a name given twice
with t as (select 1), t as (select 2) select * from t

-- several over the star
with o as (select customer_id, sum(i.quantity * i.price) as total from orders join items i using (order_id) group by customer_id),
best as (select max(total) as total from o)
select c.name, o.total from o join best using (total) join customers c using (customer_id)

-- forward reference
with a as (select * from b), b as (select 1) select * from a
