create schema public;
create schema if not exists public;
drop table if exists nowhere.t;
drop index nope;
drop index if exists nope;
