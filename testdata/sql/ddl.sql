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
