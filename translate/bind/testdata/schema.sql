create table customers (id int4 primary key, name text not null, country char(2), since date, credit numeric(10,2), vip bool);
create table orders (order_id int8 primary key, customer_id int4 not null, amount numeric(12,2), placed timestamp, shipped timestamptz, note varchar(40), tags text[], data jsonb);
create table items (order_id int8 not null, line int2 not null, product text, qty int4, price float8, weight float4, primary key (order_id, line));
create table odd (i int4, "Mixed" text, "select" int4, u uuid, b bytea, t time, tz timetz, iv interval, j json, o oid, n name, c "char", f4 float4, a int4[], aa text[]);
create table pairs (id int4, x int4, y int4);
