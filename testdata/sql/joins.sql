-- inner join
select o.order_id, c.name from orders o join customers c on c.customer_id = o.customer_id order by 1

-- join using
select order_id, name, customer_id from orders join customers using (customer_id) order by 1

-- natural join
select order_id, line, status from orders natural join items order by 1, 2

-- left join
select c.name, o.order_id from customers c left join orders o on o.customer_id = c.customer_id order by 1, 2

-- right join
select c.name, o.order_id from orders o right join customers c on o.customer_id = c.customer_id order by 1, 2

-- full join
select c.customer_id, o.order_id from customers c full join orders o on o.customer_id = c.customer_id order by 1, 2

-- full join using
select customer_id, c.name, o.order_id from customers c full join orders o using (customer_id) order by 1, 3

-- left join with a condition on the left
select c.name, o.order_id from customers c left join orders o on o.customer_id = c.customer_id and c.vip order by 1, 2

-- left join with a condition on the right
select c.name, o.order_id from customers c left join orders o on o.customer_id = c.customer_id and o.status = 'paid' order by 1, 2

-- left join filtered afterwards
select c.name from customers c left join orders o on o.customer_id = c.customer_id where o.order_id is null order by 1

-- full join with a filter
select c.name, o.order_id from customers c full join orders o on o.customer_id = c.customer_id where c.customer_id is null or o.order_id is null order by 1, 2

-- cross join
select c.name, p.name from customers c cross join products p where c.customer_id < 3 order by 1, 2

-- comma join
select c.name, p.name from customers c, products p where c.customer_id = p.product_id order by 1, 2

-- join on an inequality
select a.id, b.id from employees a join employees b on a.salary < b.salary order by 1, 2

-- left join on an inequality
select a.id, b.id from employees a left join employees b on a.salary > b.salary and a.dept = b.dept order by 1, 2

-- join on an expression
select a.id, b.id from ints a join ints b on a.id = b.id + 1 order by 1

-- join on several columns
select i.order_id, i.line, w.id from items i join wide w on w.g7 = i.line and w.id = i.order_id order by 1, 2

-- self join
select e.name, m.name as manager from employees e left join employees m on m.id = e.manager_id order by 1

-- self join of three generations
select e.name, m.name, g.name from employees e left join employees m on e.manager_id = m.id left join employees g on m.manager_id = g.id order by e.id

-- four tables
select c.name, p.name, sum(i.quantity * i.price) as total from customers c join orders o using (customer_id) join items i using (order_id) join products p using (product_id)
group by c.name, p.name order by 1, 2

-- four tables with filters
select c.country, p.category, count(*), sum(i.quantity) from customers c join orders o on o.customer_id = c.customer_id join items i on i.order_id = o.order_id
join products p on p.product_id = i.product_id where o.ordered_on >= '2023-06-01' and p.price > 5 and c.country <> 'US' group by 1, 2 order by 1, 2

-- mixed inner and outer joins
select c.name, o.order_id, i.line, p.name from customers c left join orders o on o.customer_id = c.customer_id left join items i on i.order_id = o.order_id and i.quantity > 4
left join products p on p.product_id = i.product_id order by 1, 2, 3, 4

-- nested join
select c.name, x.order_id, x.line from customers c left join (orders o join items i using (order_id)) x on x.customer_id = c.customer_id order by 1, 2, 3

-- join with a subquery
select c.name, t.n from customers c join (select customer_id, count(*) as n from orders group by customer_id) t on t.customer_id = c.customer_id order by 1

-- join with values
select c.name, v.x from customers c join (values (1, 'one'), (3, 'three')) v (id, x) on v.id = c.customer_id order by 1

-- lateral
select c.name, t.order_id from customers c, lateral (select order_id from orders o where o.customer_id = c.customer_id order by order_id limit 2) t order by 1, 2

-- left join lateral
select c.name, t.total from customers c left join lateral (select sum(i.price) as total from orders o join items i using (order_id) where o.customer_id = c.customer_id) t on true order by 1

-- cross join lateral of a function
select e.id, s from employees e cross join lateral generate_series(1, e.id % 3) s order by 1, 2

-- using merges columns
select customer_id, o.customer_id, c.customer_id from orders o left join customers c using (customer_id) order by order_id

-- star over a using join
select * from orders join customers using (customer_id) where order_id < 5 order by order_id

-- star of one table
select o.*, c.name from orders o join customers c using (customer_id) where order_id < 5 order by o.order_id

-- join of text columns
select a.id, b.id from texts a join texts b on a.s = b.v order by 1, 2

-- join of char with varchar
select a.id, b.id from texts a join texts b on a.c = b.v order by 1, 2

-- join of numerics
select a.id, b.id from nums a join nums b on a.n52 = b.n10 order by 1, 2

-- join of dates with timestamps
select a.id, b.id from times a join times b on a.d = b.ts order by 1, 2

-- join of floats
select a.id, b.id from floats a join floats b on a.f4 = b.f8 order by 1, 2

-- join of booleans
select a.id, b.id from ints a join ints b on a.b = b.b and a.id < b.id where a.id < 4 order by 1, 2

-- join with the empty table
select c.name, e.id from customers c join empty e on e.id = c.customer_id

-- left join with the empty table
select c.name, e.id, e.s from customers c left join empty e on e.id = c.customer_id order by 1

-- full join with the empty table
select c.name, e.id from empty e full join customers c on e.id = c.customer_id order by 1

-- a large join
select count(*), sum(a.v), min(b.s) from wide a join wide b on a.g100 = b.id

-- a large join on text
select count(*), sum(a.id), sum(b.id) from wide a join wide b on a.s = b.s and a.g7 = b.g7

-- a large left join
select count(*), count(b.id), sum(b.v) from wide a left join wide b on a.id = b.v

-- a large join with a small table
select p.name, count(*), sum(w.q) from wide w join products p on p.product_id = w.g7 group by p.name order by 1

-- semi join
select name from customers c where exists (select 1 from orders o where o.customer_id = c.customer_id and o.status = 'returned') order by 1

-- anti join
select name from customers c where not exists (select 1 from orders o where o.customer_id = c.customer_id) order by 1

-- tables of names that differ by case
select a.id, "Col", note from "Mixed" a full join mixed b using (id) order by 1

-- columns of names that differ by case
select "Col", col from "Mixed" order by id

-- names are folded unless quoted
select MIXED.ID, Note from MiXeD order by 1

-- an alias with columns
select x.a, x.b from customers as x (a, b) order by 1

-- a join with an alias
select j.name, j.order_id from (customers join orders using (customer_id)) as j where j.order_id < 10 order by 2

-- where on both sides of a join
select c.name, o.order_id from customers c, orders o where c.customer_id = o.customer_id and c.since < '2021-01-01' and o.shipped_at is not null order by 2

-- a join that multiplies
select count(*) from customers a, customers b, products c

-- transitive conditions
select c.name, o.order_id from customers c join orders o on c.customer_id = o.customer_id where c.customer_id = 5 order by 2
