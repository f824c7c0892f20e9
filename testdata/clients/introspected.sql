-- A small shop with one of each: what clients of PostgreSQL list and describe.
create schema crm;
create schema sales;
create type crm.mood as enum ('sad', 'ok', 'happy');
create table crm.customer (
	id bigserial primary key,
	name varchar(40) not null,
	email text unique,
	mood crm.mood default 'ok',
	tags text[],
	credit numeric(12,2) default 0 check (credit >= 0),
	created timestamptz not null default now()
);
comment on table crm.customer is 'people who buy';
comment on column crm.customer.credit is 'in euros';
create table sales.orders (
	id bigint generated always as identity primary key,
	customer_id bigint not null references crm.customer (id) on delete cascade,
	amount numeric(10,2) not null,
	placed date not null default current_date,
	note character(10),
	doc jsonb,
	constraint orders_amount_check check (amount > 0)
);
create index orders_placed_idx on sales.orders (placed desc, customer_id);
create index orders_lower_idx on sales.orders (lower(note)) where amount > 10;
create view sales.big as select id, amount from sales.orders where amount > 100;
create function sales.f(x int) returns int language sql immutable as 'select x + 1';
create table public.item (id serial primary key, qty int, price numeric(8,2), ok boolean default true, "Mixed Case" text);
create table public.pdt (a int, b int, c text, primary key (a, b), unique (c, a));
create table public.users (id int primary key, name text not null, email varchar(100), active boolean default true, created_at timestamp default now());
create table public.payment (id uuid primary key, user_id int references public.users (id), item_id int references public.item (id) on update set null, at time, raw bytea, took interval);
insert into crm.customer (name, email, tags, credit, created) values ('ann', 'ann@example.org', '{a,b}', 10, '2024-01-01'), ('bob', null, null, 20, '2024-01-02');
insert into sales.orders (customer_id, amount, placed) select 1 + i % 2, i * 30, date '2024-01-01' + i from generate_series(1, 5) i;
insert into public.item (qty, price) values (1, 2.5), (2, 5);
insert into public.pdt values (1, 2, 'x');
insert into public.users values (1, 'ann', 'ann@example.org', true, '2024-01-01');
