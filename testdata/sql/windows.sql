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
