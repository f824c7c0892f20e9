-- not mem: few constraints
create table wparent(id serial primary key, name varchar(20) not null unique);
create table wchild(id bigserial primary key, parent int references wparent(id) on delete cascade, v int check (v between 1 and 10), u varchar(10) default 'none', f boolean default true, d date default '2024-01-01', unique (parent, v));
insert into wparent(name) values ('a'), ('b');
insert into wchild(parent, v) values (1, 1), (1, 2), (2, 1);
select parent, v, u, f, d from wchild order by parent, v;
select name from wparent order by name;
insert into wchild(parent, v) values (1, 11);
insert into wparent(name) values (null);
delete from wparent where name = 'a';
select parent, v from wchild order by parent, v;
drop table wchild;
drop table wparent;

-- a key that the target would fill in by itself must still be given
create table keyed (id int primary key, v text);

insert into keyed values (null, 'x');

insert into keyed select null, 'y';

insert into keyed (v) values ('z');

insert into keyed values (1, 'a'), (2, 'b');

select * from keyed order by id;

drop table keyed;
