-- file placements: postgres postgres_unrelayed sqlite

-- create table
create table made_1 (id int primary key, name text not null, amount numeric(10,2), at timestamp)

-- insert into it
insert into made_1 values (1, 'a', 1.5, '2024-01-01 10:00'), (2, 'b', null, null)

-- read it
-- types: off
select id, name, amount, at from made_1 order by id

-- create it again
create table made_1 (id int)

-- create it if it is not there
create table if not exists made_1 (id int)

-- add a column
alter table made_1 add column more text

-- read it with the new column
-- types: off
select id, more from made_1 order by id

-- create an index
create index made_1_name on made_1 (name)

-- rename a column
alter table made_1 rename column more to extra

-- the old name is gone
select more from made_1

-- drop a column
alter table made_1 drop column extra

-- truncate
truncate made_1

-- nothing is left
select count(*) from made_1

-- drop it
drop table made_1

-- drop it again
drop table made_1

-- drop it if it is there
drop table if exists made_1

-- create table as
create table made_2 as select customer_id, name from customers where customer_id < 4

-- read what was made
-- types: off
select * from made_2 order by 1

-- drop what was made
drop table made_2

-- rename a table
create table made_3 (a int)

alter table made_3 rename to made_4

select count(*) from made_4

drop table made_4

-- a column given twice
create table made_5 (a int, a text)

-- a type that is not there
create table made_5 (a nothing)

begin

-- a table of this transaction
create table made_inside (id int primary key, note text)

-- the catalog has it
select relname, relkind, relnatts from pg_class where relname like 'made_inside' order by 1

-- its columns
select attname, attnotnull from pg_attribute where attrelid = 'made_inside'::regclass and attnum > 0 order by attnum

insert into made_inside values (1, 'a'), (2, null)

savepoint before

-- another column
alter table made_inside add column extra int

-- the catalog has that too
select column_name, is_nullable from information_schema.columns where table_name = 'made_inside' order by ordinal_position

-- rows with it
select id, note, extra from made_inside order by id

rollback to before

-- without it
select column_name from information_schema.columns where table_name = 'made_inside' order by ordinal_position

-- whole rows without it
select * from made_inside order by id

rollback

-- the catalog has it no more
select count(*) from pg_class where relname = 'made_inside'

-- and so has nobody
select * from made_inside
