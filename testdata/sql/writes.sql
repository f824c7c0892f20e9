-- file placements: postgres postgres_unrelayed mysql sqlite

begin

-- insert
insert into mixed (id, note) values (10, 'ten'), (11, null)

-- what was inserted
select * from mixed order by id

-- insert without columns
insert into mixed values (12, 'twelve')

-- insert returning
insert into mixed (note, id) values ('thirteen', 13) returning id, note, id * 2 as twice

-- insert returning all
insert into mixed values (14, 'it''s "x" \ %') returning *

-- insert of a select
insert into mixed select customer_id + 100, name from customers where customer_id <= 3

-- insert of a select with an aggregate
insert into mixed (id, note) select 200, string_agg(note, ',' order by id) from mixed where id < 12

-- what is there now
select * from mixed order by id

-- update
update mixed set note = note || '!' where id < 12

-- update returning
update mixed set note = upper(note), id = id + 1000 where id = 12 returning id, note

-- update nothing
update mixed set note = 'x' where id = -1

-- update with a subquery
update mixed set note = (select max(name) from customers) where id = 13

-- update with case
update mixed set note = case when id > 100 then 'big' else coalesce(note, 'none') end

-- what is there after updates
select * from mixed order by id

-- delete
delete from mixed where id > 100

-- delete returning
delete from mixed where id = 14 returning *

-- delete with a subquery
delete from mixed where id in (select customer_id from customers where country = 'US')

-- what is left
select * from mixed order by id

-- insert of a default
insert into mixed (id) values (50) returning *

-- insert default
insert into mixed (id, note) values (51, default) returning *

rollback

-- all is as it was
select * from mixed order by id

begin

delete from empty

insert into empty values (1, 'a', 1.005), (2, '日本', -0.004)

-- numerics are rounded to the column's scale
select * from empty order by id

savepoint s

insert into empty values (3, 'gone', 3)

rollback to s

-- after the savepoint
select * from empty order by id

rollback

begin

-- a key that is there already
-- pending: postgres postgres_unrelayed sqlite: gives 23505 duplicate key value violates unique constraint "t_mixed_pkey"
insert into mixed values (1, 'again')

-- the transaction has failed
select 1

rollback

begin

-- null for a key
-- pending: postgres_unrelayed sqlite: gives 23502 null value in column "id" of relation "t_mixed" violates not-null constraint
insert into mixed values (null, 'x')

rollback

begin

-- a value that is out of range
insert into empty values (9, 'x', 123456789012)

rollback

begin

-- update of many rows
update items set quantity = quantity + 1 where product_id = 3

select sum(quantity) from items

-- delete of all
delete from items

select count(*) from items

rollback

select count(*), sum(quantity) from items

begin

-- swap two columns
update ints set i4 = i2, i2 = i4 where id in (2, 9, 10)

select id, i2, i4 from ints where id in (2, 9, 10) order by id

rollback

begin

-- update from another table
update orders o set status = c.country from customers c where c.customer_id = o.customer_id and c.customer_id = 1

select order_id, status from orders where customer_id = 1 order by 1

rollback

begin

-- delete using another table
delete from orders o using customers c where c.customer_id = o.customer_id and c.country = 'GB'

select count(*) from orders

rollback

begin

-- with in front of an insert
with src as (select 77 as id, 'cte' as note) insert into mixed select id, note from src returning *

rollback

-- parameters
-- params: 99 | ninety
insert into mixed values ($1, $2) returning id, note

-- taken back
delete from mixed where id = 99

-- insert of text that needs quoting
begin

insert into mixed values (60, E'tab\t nl\n \\ '' " 😀')

select note, length(note) from mixed where id = 60

rollback
