set client_min_messages = warning;
drop table if exists ints, nums, floats, texts, dates, stamps, spans, arrays, jsons, one;
create table one (id int4, x int4);
insert into one values (1, 1);
create table ints (id int4, s int2, i int4, j int4, b int8, c int8, t bool);
insert into ints values
	(1, 7, 7, 2, 10, 3, true), (2, -7, -7, 2, -10, 3, false), (3, 32767, 2147483647, 1, 9223372036854775807, 1, true),
	(4, -32768, -2147483648, -1, -9223372036854775808, -1, false), (5, 0, 0, 0, 0, 0, null), (6, null, null, 3, null, 5, true),
	(7, 5, 12, null, 18, null, false), (8, -1, 46341, 46341, 3037000500, 3037000500, true), (9, 13, 100, 31, 64, 40, false);
create table nums (id int4, n numeric, m numeric, p numeric(10,2), q numeric(12,4), k int4);
insert into nums values
	(1, 1.5, 2.25, 10.25, 3.1415, 1), (2, -1.5, 0.5, -10.25, -2.5, 2), (3, 0, 1, 0, 0, 0), (4, null, 3, null, 1, 3),
	(5, 'NaN', 1, 99999999.99, 12345678.9999, -1), (6, 12345678901234567890.12345, 987654321.987654321, 0.01, 0.0001, 5),
	(7, 'Infinity', -1, 0.05, 0.5, 1), (8, 1e20, 1e-10, 7.00, 7.5, 10), (9, 2.500, 2.5, 2.50, 0, 2), (10, 100, 7, 33.33, 0.25, 3);
create table floats (id int4, f float8, g float8, r float4);
insert into floats values
	(1, 1.5, 2, 1.5), (2, -1.5, 0.5, -2.25), (3, 0, 1, 0), (4, '-0', 3, 3.4e38), (5, 'NaN', 1, 'NaN'), (6, 'Infinity', 2, 'Infinity'),
	(7, null, 1, null), (8, 1e308, 10, 1e30), (9, 1e-308, 1e-10, 1e-30), (10, 0.1, 0.2, 0.1), (11, 2.5, 0, 2.5), (12, 123456.789, -3, 7);
create table texts (id int4, a text, b text, v varchar(10), c char(5), n int4, d bytea);
insert into texts values
	(1, 'hello', 'l', 'abc', 'abc', 2, '\x00ff'), (2, 'Hello World', 'o', 'Abc', 'ab', 0, '\x'), (3, '', '', '', '', 1, 'abc'),
	(4, null, 'x', null, null, 3, null), (5, 'ünïcödé ÄÖ', 'ö', 'x y', 'x  y', -2, '\xdeadbeef'), (6, '  padded  ', ' ', ' a ', 'a', 20, '\x5c00'),
	(7, 'a%b_c\d', '%', 'a_c', 'zz', 4, 'x'), (8, 'one,two,,three', ',', '12', '12', 3, 'y'), (9, 'O''Reilly "q"', null, '9', 'q', null, '\x0102');
create table dates (id int4, d date, e date, t time, n int4);
insert into dates values
	(1, '2024-02-29', '2023-02-28', '12:34:56.789', 1), (2, '1999-12-31', '2000-01-01', '00:00:00', -1), (3, 'infinity', '2000-01-01', '24:00:00', 5),
	(4, '-infinity', 'infinity', '23:59:59.999999', 30), (5, null, '2020-01-01', null, 2), (6, '0001-01-01 BC', '0001-01-01', '01:02:03', 365),
	(7, '5874897-12-31', '2020-05-15', '06:00', 12), (8, '1970-01-01', '1969-12-31', '18:30', null);
create table stamps (id int4, a timestamp, b timestamp, z timestamptz, y timestamptz);
insert into stamps values
	(1, '2024-02-29 12:34:56.789', '2023-01-31 01:02:03', '2024-03-10 09:30:00+00', '2023-11-05 06:30:00+00'),
	(2, '1999-12-31 23:59:59.999999', '2000-01-01', '2000-01-01 00:00+02', '1999-06-15 12:00+00'),
	(3, 'infinity', '2020-01-01', '-infinity', 'infinity'), (4, null, '2020-01-01', null, '2020-01-01'),
	(5, '0044-03-15 BC', '0001-01-01', '0044-03-15 12:00+00 BC', '2020-12-31'), (6, '2001-09-09 01:46:40', '2001-09-10', '2001-09-09 01:46:40+00', '2024-06-30 23:59:59+00'),
	(7, '1969-12-31 23:59:59.5', '1970-01-01', '1969-12-31 23:59:59.5+00', '1970-01-01'), (8, '294276-12-31 23:59:59'::timestamp - interval '100 years', '2020-02-29', '2200-01-01', '2020-02-29 03:00');
create table spans (id int4, v interval, w interval, f float8, z timetz);
insert into spans values
	(1, '1 year 2 months 3 days 04:05:06.789', '1 day', 2, '12:00+02'), (2, '-1 month 15 days', '30 days', 0.5, '12:00-03'), (3, '0', '1 mon', 1.5, '00:00+00'),
	(4, null, '1 hour', 3, null), (5, '25:00:00', '-1 day 01:00', -2, '23:59:59.5+05:30'), (6, '1 mon -1 day', '2 mons', 0, '24:00+00'), (7, '100 days 50:00', '1 microsecond', 1e3, '10:00-10');
create table arrays (id int4, a int4[], b int4[], t text[], i int4, s text);
insert into arrays values
	(1, '{1,2,3}', '{2,3}', '{a,b,c}', 2, 'b'), (2, '{}', '{1}', '{}', 1, 'x'), (3, '{1,NULL,3}', '{NULL}', '{a,NULL,"c d"}', null, null),
	(4, null, '{1,2}', null, 1, 'a'), (5, '{{1,2},{3,4}}', '{{5,6}}', '{"x,y","q\"r"}', 1, ''), (6, '[2:4]={7,8,9}', '{9}', '{NULL,NULL}', 3, 'NULL');
create table jsons (id int4, j json, b jsonb, c jsonb, k text, i int4);
insert into jsons values
	(1, '{"a": 1, "b" : [1,2, {"c":null}], "a":2}', '{"a": 1, "b": [1, 2, {"c": null}]}', '{"a": 1}', 'a', 0),
	(2, '[1, "two", null, true, 2.50]', '[1, "two", null, true, 2.50]', '["two"]', 'b', 1), (3, '"str\u00e9\n"', '"str\u00e9\n"', '"x"', 'str', 2), (4, null, null, '1', 'a', -1),
	(5, 'null', 'null', 'null', 'x', 0), (6, '{}', '{}', '[]', 'a', null), (7, '{"a":{"b":{"c":"deep"}}, "z": 1.0}', '{"a":{"b":{"c":"deep"}}, "z": 1.0}', '{"a":{"b":{}}}', 'z', 3), (8, '12.30', '12.30', '12.3', '', 5);
