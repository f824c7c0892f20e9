-- not my: fewer types
create table wt(a boolean, b smallint, c integer, d bigint, e real, f double precision, g numeric, h numeric(12,2), i numeric(30,10), j text, k varchar(5), k2 varchar, l char(4), m bytea, n date, o time, p timetz, q timestamp, r timestamptz, s interval, t uuid, u json, v jsonb, w oid, x int[], y text[], z timestamp(3));
insert into wt values (true, 1, 2, 3, 1.25, 2.5, 1.500, 3.14, 12345678901234567890.0123456789, 'text', 'vchar', 'v2', 'ab', '\x00ff', '2024-02-29', '12:34:56.789', '12:34:56+02', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789+02', '1 mon 2 days 03:04:05', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1.10}', '{"b":2,"a":1.10}', 42, '{1,NULL,3}', '{"a b",c}', '2024-01-01 00:00:00.1239');
insert into wt values (null);
insert into wt(g, n, q) values ('NaN', 'infinity', '-infinity');
select * from wt;
drop table wt;
