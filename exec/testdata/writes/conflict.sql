-- not my mem: no ON CONFLICT
create table wc(id int primary key, v int, n numeric(12,3), w text);
insert into wc values (1, 5, 1.5, 'a');
insert into wc(id) values (1) on conflict (id) do nothing;
insert into wc values (1, 9, 2.5, 'z') on conflict (id) do update set v = wc.v + excluded.v where wc.v < 100;
/*$1,2,3.125,q*/ insert into wc values ($1, $2, $3, $4) on conflict (id) do update set n = excluded.n, w = excluded.w;
/*$2,2,3.125,q*/ insert into wc values ($1, $2, $3, $4) on conflict (id) do nothing returning id;
select * from wc order by id;
insert into wc select g, g, g, 's' from generate_series(1, 4) g on conflict do nothing;
select * from wc order by id;
drop table wc;
