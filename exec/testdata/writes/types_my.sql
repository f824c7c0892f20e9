-- not mem lite pg: the types that MySQL holds
create table wy(a boolean, b smallint, c integer, d bigint, e real, f double precision, h numeric(12,2), i numeric(30,10), j text, k varchar(5), l char(4), m bytea, n date, q timestamp, r timestamptz, s interval, t uuid, z timestamp(3));
insert into wy values (true, 1, 2, 3, 1.25, 2.5, 3.14, 12345678901234567890.0123456789, 'text', 'vchar', 'ab', '\x00ff', '2024-02-29', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789+02', '03:04:05', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2024-01-01 00:00:00.1239');
insert into wy(a) values (null);
select * from wy;
drop table wy;
