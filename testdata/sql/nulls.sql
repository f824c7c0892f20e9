-- coalesce
select coalesce(g, 'none'), coalesce(a, b, -1), coalesce(n, a) from nulls order by 1, 2, 3

-- coalesce of literals
select coalesce(null, null, 3), coalesce(null, 'x'), coalesce(null::int, 1.5)

-- nullif
select nullif(a, 1), nullif(g, 'x'), nullif(n, 1.5), nullif(1, 1.0) from nulls order by 1, 2, 3

-- case with conditions
select g, a, case when a is null then 'null' when a > 2 then 'big' when a > 0 then 'small' end as size from nulls order by 1, 2, 3

-- case over a value
select g, case g when 'x' then 1 when 'y' then 2 when null then 3 else 4 end as c from nulls order by 1, 2

-- case unifies types
select pg_typeof(case when true then 1 else 2.5 end), case when false then 1 else 2.5 end, case when a = 1 then 1 when a = 2 then 2.0 end from nulls order by 3

-- case guards its branches
select a, case when a <> 0 then 10 / a else null end from nulls order by 1, 2

-- nulls last by default
select a, b from nulls order by a, b

-- nulls first going down by default
select a, b from nulls order by a desc, b desc

-- nulls first
select a, b from nulls order by a nulls first, b nulls first

-- nulls last going down
select a, b from nulls order by a desc nulls last, b desc nulls last

-- distinct takes nulls for equal
select distinct g, a from nulls order by 1, 2

-- group by takes nulls for equal
select g, count(*), count(a), count(distinct a) from nulls group by g order by g

-- join does not take nulls for equal
select x.g, count(*) from nulls x join nulls y on x.g = y.g group by x.g order by 1

-- join on is not distinct from
select x.g, count(*) from nulls x join nulls y on x.g is not distinct from y.g group by x.g order by 1

-- not in a subquery with nulls
select count(*) from nulls where a not in (select b from nulls)

-- not in a subquery without nulls
select count(*) from nulls where a not in (select b from nulls where b is not null)

-- in a subquery with nulls
select count(*) from nulls where a in (select b from nulls)

-- not in an empty subquery
select count(*) from nulls where a not in (select id from empty)

-- in an empty subquery
select count(*) from nulls where a in (select id from empty)

-- aggregates over nulls alone
select sum(a), avg(a), min(g), max(d), count(a), count(*), bool_and(f) from nulls where a is null and g = 'y' and b is null

-- aggregates over no rows
select sum(id), avg(n), min(s), count(*), array_agg(id), string_agg(s, ','), bool_or(id = 1), stddev(n) from empty

-- groups of no rows
select s, sum(id) from empty group by s

-- arithmetic with nulls
select a + b, a || g, a - null, n * a from nulls order by 1, 2, 4

-- logic with nulls
select f and true, f or true, f and false, not f, f is null from nulls order by 1, 2, 3, 5

-- union takes nulls for equal
select g from nulls union select null order by 1

-- except takes nulls for equal
select g from nulls except select null order by 1

-- intersect takes nulls for equal
select a from nulls intersect select b from nulls order by 1

-- greatest and least skip nulls
select greatest(a, b), least(a, b), greatest(a, null), greatest(null::int) from nulls order by 1, 2, 3

-- comparison with a null subquery
select g from nulls where a = (select id from empty) order by 1

-- scalar subquery of no rows
select (select id from empty), (select max(id) from empty), exists (select 1 from empty)

-- where null
select count(*) from nulls where null

-- a null boolean
select count(*) from nulls where f or null::boolean

-- count of a row
select count((a, b)), count(nulls.*) from nulls

-- is null of rows
select row(null, null) is null, row(1, null) is null, row(1, null) is not null, row(1, 2) is not null

-- nulls in an outer join's condition
select x.a, y.b from nulls x left join nulls y on x.a = y.b and y.g = 'z' order by 1, 2
