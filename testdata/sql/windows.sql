-- row_number
select id, row_number() over (order by salary desc nulls last, id) from employees order by id

-- rank and dense_rank
select id, dept, rank() over (partition by dept order by salary), dense_rank() over (order by salary) from employees order by id

-- sums so far
select order_id, line, sum(quantity) over (partition by order_id order by line) from items where order_id < 10 order by 1, 2

-- sums over all
select id, salary, sum(salary) over () from employees order by id

-- lag and lead
select id, lag(name) over (order by id), lead(name, 2, 'none') over (order by id) from employees order by id

-- first, last and nth
select id, first_value(name) over w, last_value(name) over w, nth_value(name, 2) over w from employees window w as (partition by dept order by id) order by id

-- rows between
select id, avg(id) over (order by id rows between 1 preceding and 1 following), count(*) over (order by id rows between unbounded preceding and current row) from employees order by id

-- ntile, percent_rank and cume_dist
select id, ntile(3) over (order by id), percent_rank() over (order by salary), cume_dist() over (order by salary) from employees order by id

-- window over groups
select dept, sum(salary), rank() over (order by sum(salary) desc) from employees group by dept order by dept

-- filter in a window
select id, count(*) filter (where salary > 60000) over (partition by dept) from employees order by id

-- top of each group
select * from (select customer_id, order_id, row_number() over (partition by customer_id order by ordered_on desc, order_id) as n from orders) t where n = 1 order by customer_id

-- windows of a large table
select count(*), sum(r) from (select row_number() over (partition by g7 order by v, id) as r from wide) t


-- RANGE with an interval over timestamps, dates and times
select id, count(*) over (order by ts range between interval '1 month' preceding and interval '10 years' following), count(*) over (order by tz desc range interval '20 years' preceding), count(*) over (order by d range between interval '1 year' preceding and current row), count(*) over (order by t range between interval '3 hours' preceding and interval '3 hours' following) from times where id < 8 order by id

-- RANGE with an interval over many rows
select order_id, first_value(order_id) over (order by shipped_at, order_id), sum(order_id) over (order by shipped_at range between '20 days' preceding and '10 days' following), last_value(shipped_at) over (order by shipped_at nulls first range between interval '1 month' preceding and interval '1 month' following) from orders order by order_id limit 100

-- RANGE with a numeric
select id, x, count(*) over (order by x range between 1.5 preceding and 10 following), sum(x) over (order by x desc range 2.25 preceding) from (values (1, 1.0), (2, 1.50), (3, 2.51), (4, 'NaN'::numeric), (5, null), (6, 12.5), (7, 4.75)) v(id, x) order by id

-- RANGE with a negative interval
select sum(id) over (order by ts range interval '-1 day' preceding) from times

