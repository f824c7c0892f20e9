begin

-- in a transaction
select count(*) from ints

commit

-- commit without a transaction
commit

-- rollback without a transaction
rollback

begin

-- begin in a transaction
begin

-- an error in a transaction
select 1 / 0

-- after an error
select 1

-- a table after an error
select * from ints

-- a setting after an error
show timezone

-- commit of a failed transaction
commit

-- out of it
select 1

start transaction isolation level repeatable read

show transaction_isolation

select count(*) from customers

rollback

begin read only

show transaction_read_only

select count(*) from orders

rollback

begin

savepoint a

-- an error after a savepoint
select 'x'::int

-- the failed state after a savepoint
select 2

rollback to savepoint a

-- works after going back
select 3

savepoint b

-- a nested savepoint
select 4

release savepoint a

-- a savepoint that is gone
rollback to savepoint b

rollback

begin

-- a savepoint that never was
rollback to savepoint nothing

rollback

-- a savepoint outside of a transaction
savepoint a

-- release outside of a transaction
release savepoint a

begin

set local datestyle = 'SQL, DMY'

-- set local in a transaction
show datestyle

commit

-- set local is over
show datestyle

begin

set datestyle = 'SQL, DMY'

rollback

-- set is rolled back too
show datestyle

-- abort and end are words for rollback and commit
begin work

end work

begin transaction

abort

-- several statements at once fail together
-- placements: nothing
select 1; select 2

begin

declare c cursor for select id from ints order by id

fetch c

fetch 2 from c

fetch forward 1 from c

move 2 in c

fetch next from c

close c

-- fetch from a closed cursor
fetch c

rollback

begin isolation level serializable read only

-- writing in a read-only transaction
insert into mixed values (10, 'x')

rollback

-- set transaction outside of a transaction
set transaction isolation level serializable

-- commit and chain
begin

commit and no chain

select 5 as five
