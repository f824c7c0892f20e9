-- count
select count(*), count(i4), count(distinct i4), count(b), count(all i2) from ints

-- sums by width
select sum(i2), sum(i4), sum(i8), sum(i2 + 1) from ints where id not in (4, 5, 6, 7)

-- sum of integers beyond their range
select sum(i4::bigint), sum(i8) from ints

-- sum of numerics
select sum(n52), sum(n10), sum(n155), sum(n52 * n10) from nums

-- sum of an untyped numeric
select sum(n), avg(n), max(n), min(n) from nums

-- averages
select avg(i2), avg(i4), avg(n52), avg(n155), avg(f8) from ints left join nums using (id) left join floats using (id) where id not in (4, 5, 6, 7, 8)

-- averages to the digit
select g7, avg(g100), avg(q), avg(v) from wide group by g7 order by 1

-- average of nothing
select avg(i4) from ints where false

-- sums of floats that are exact
select g7, sum(x), avg(x), min(x), max(x) from wide group by g7 order by 1

-- min and max
select min(i4), max(i4), min(b::int), max(i8) from ints

-- min and max of dates
select min(d), max(d), min(ts), max(ts), min(tz), max(tz) from times

-- min and max of intervals and times
select min(t), max(t), min(iv), max(iv) from times

-- boolean aggregates
select bool_and(b), bool_or(b), every(b), bool_and(i4 > -100), bool_or(i4 > 100) from ints

-- bit aggregates
select bit_and(i4), bit_or(i4), bit_xor(i4) from ints where id in (9, 12, 13, 16)

-- string_agg in order
select string_agg(name, ', ' order by name desc) from customers

-- string_agg by group
select country, string_agg(name, '/' order by customer_id) from customers group by country order by 1

-- string_agg distinct
select string_agg(distinct country, ',' order by country) from customers

-- array_agg
select country, array_agg(customer_id order by customer_id desc) from customers group by country order by 1

-- array_agg keeps nulls
select array_agg(country order by customer_id), array_agg(distinct vip) from customers

-- distinct aggregates
select count(distinct country), sum(distinct customer_id % 3), avg(distinct customer_id % 3) from customers

-- several distinct aggregates by group
select status, count(distinct customer_id), count(distinct ordered_on), count(*) from orders group by status order by 1

-- filter
select count(*) filter (where status = 'paid'), sum(order_id) filter (where customer_id = 5), count(distinct customer_id) filter (where order_id > 30) from orders

-- filter by group
select customer_id, count(*) filter (where status = 'paid') as paid, count(*) filter (where shipped_at is null) as waiting from orders group by 1 order by 1

-- filter with order by
select string_agg(name, ',' order by name) filter (where country = 'GB') from customers

-- group by several columns
select customer_id, status, count(*), min(ordered_on), max(order_id) from orders group by customer_id, status order by 1, 2

-- group by an expression
select extract(year from ordered_on), extract(month from ordered_on) as m, count(*) from orders group by 1, 2 order by 1, 2

-- group by an expression with its alias
select upper(country) as country_up, count(*) from customers group by country_up order by 1

-- group by without aggregates
select country from customers group by country order by 1

-- group by a key gives the other columns
select c.customer_id, c.name, count(o.order_id) from customers c left join orders o on o.customer_id = c.customer_id group by c.customer_id, c.name order by 1

-- having
select customer_id, count(*) from orders group by customer_id having count(*) > 6 order by 1

-- having without group by
select count(*) from orders having count(*) > 100

-- having on a group column
select country, count(*) from customers group by country having country > 'GB' order by 1

-- aggregate of an expression
select sum(quantity * price), sum(quantity * price * (1 - coalesce(discount, 0))) from items

-- expression of aggregates
select sum(price) / count(*), max(price) - min(price), round(avg(price), 3), count(*) * 2 + 1 from items

-- nested calls around aggregates
select coalesce(sum(id), 0), greatest(max(id), 10), abs(min(i4 + 1)) from ints where id < 3

-- aggregate over a join
select p.category, sum(i.quantity), count(distinct i.order_id), avg(i.price) from items i join products p using (product_id) group by p.category order by 1

-- aggregate over a left join
select p.name, count(i.line), sum(i.quantity) from products p left join items i using (product_id) group by p.name order by 1

-- order by an aggregate
select customer_id, count(*) as n from orders group by customer_id order by n desc, customer_id

-- order by an aggregate that is not selected
select status from orders group by status order by sum(order_id) desc

-- distinct over aggregates
select distinct count(*) from orders group by customer_id order by 1

-- variance and deviation
select var_pop(n52), var_samp(n52), stddev_pop(n52), stddev_samp(n52), variance(i4), stddev(i4) from nums join ints using (id) where id in (1, 2, 3, 8, 9, 10, 11)

-- variance of one value
select var_samp(i4), stddev(i4), var_pop(i4) from ints where id = 9

-- variance of floats
select var_pop(x), stddev_samp(x) from wide where id <= 8

-- regression
select corr(x, v), regr_count(x, v), regr_avgx(x, g7), covar_pop(g7, g7) from wide where id <= 4

-- percentile and mode
select percentile_cont(0.5) within group (order by salary), percentile_disc(0.5) within group (order by salary), mode() within group (order by dept) from employees

-- count of distinct rows
select count(distinct (g, a)) from nulls

-- json aggregates
select json_agg(name order by id) from employees where id < 4

-- jsonb_object_agg
select jsonb_object_agg(name, customer_id) from customers where customer_id < 4

-- groups of many rows
select g7, g100, count(*), sum(v), min(s), max(d) from wide where g100 < 6 group by g7, g100 order by 1, 2

-- groups by text
select s, count(*), sum(q) from wide group by s having count(*) > 5 order by 1

-- as many groups as rows
select count(*), sum(n) from (select id, count(*) as n from wide group by id) t

-- group by text counts case
select s, count(*) from (select s from texts union all select v from texts) t group by s order by s

-- group by numerics of different scale
select n, count(*) from (select n52 as n from nums union all select n155 from nums) t group by n order by n, count(*)

-- group by a float
select f8, count(*) from floats group by f8 order by 1

-- group by a boolean
select b, count(*), sum(id) from ints group by b order by b

-- group by a date
select d, count(*) from times group by d order by d

-- any value of an ungrouped column
select customer_id, status from orders group by customer_id

-- aggregate in where
select count(*) from orders where count(*) > 1

-- nested aggregates
select sum(count(*)) from orders

-- group by a position that is not there
select status from orders group by 2

-- grouping sets
-- unordered
select country, vip, count(*) from customers group by grouping sets ((country), (vip), ())

-- rollup
select country, vip, count(*), grouping(country, vip) from customers group by rollup (country, vip) order by 1, 2, 4

-- cube
-- unordered
select country, vip, count(*) from customers group by cube (country, vip)
