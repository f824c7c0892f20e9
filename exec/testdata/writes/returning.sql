-- not my mem: UPDATE ... RETURNING is not theirs
create table wr(id int primary key, v int, n numeric(10,2));
insert into wr values (1, 2, 1.5) returning id, v * 2 as d;
/*$2,3,4.25*/ insert into wr values ($1, $2, $3) returning *;
update wr set v = 7 where id = 1 returning v, n;
update wr set n = n * 2 where id = 2 returning *;
delete from wr where id = 1 returning *;
delete from wr returning id;
insert into wr select g, g * g, g / 4.0 from generate_series(1, 5) g returning id, n;
drop table wr;
