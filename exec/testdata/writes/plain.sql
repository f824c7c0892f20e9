-- not my: UPDATE ... RETURNING is not theirs
create table wl(id int primary key, v int, w varchar(10));
insert into wl values (1, 2, 'a'), (2, 7, null), (3, 1, 'c');
update wl set v = v + 1 where id < 3 returning id, v;
delete from wl where id = 3 returning *;
begin;
update wl set w = 'x';
select * from wl order by id;
rollback;
update wl set id = 2 where id = 1;
delete from wl where v > 100;
insert into wl values (5, 1/0, 'x');
update wl set w = 'far too long a text';
select * from wl order by id;
truncate wl;
select count(*) from wl;
drop table wl;
