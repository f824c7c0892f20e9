\pset pager off
\l
\dn
\du
\dt *.*
\d
\d customers
\d+ orders
\d my.street
\d lite.mov
\di
\dv
\ds
\df pg_catalog.upper
\dT pg_catalog.int4
\des
\dp customers
\db
\dC
\do pg_catalog.=
select 1 \gdesc
