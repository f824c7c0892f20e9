-- file placements: mixed_1 mixed_2 mixed_3 mem postgres mysql sqlite

begin

-- insert of rows from other sources
insert into mixed select customer_id + 100, name || '/' || coalesce(country, '?') from customers where customer_id <= 5

-- what came
select * from mixed order by id

-- insert of a join
insert into mixed (id, note) select 1000 + o.order_id * 10 + i.line, p.name from orders o join items i using (order_id) join products p using (product_id) where o.order_id < 6

-- what came of the join
select * from mixed where id > 1000 order by id

-- insert of an aggregate
-- unordered
insert into mixed select 5000 + g7, string_agg(s, ',' order by id) from wide where id < 60 group by g7 returning id, note

-- a savepoint around a write
savepoint s

insert into mixed values (9000, 'gone')

rollback to savepoint s

-- after the savepoint
select count(*), max(id) from mixed

rollback

-- nothing is left
select * from mixed order by id

-- insert of many rows
begin

insert into mixed select id + 10000, s from wide

select count(*), count(note), min(note), max(id) from mixed

rollback

begin

-- parameters: insert
-- params: 77 | seven
insert into mixed select $1::int + customer_id, $2 from customers where customer_id = 1 returning *

rollback
