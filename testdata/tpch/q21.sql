-- Suppliers who kept orders waiting: the Saudi suppliers who were alone in being late
-- in finished orders of several suppliers.
select s.s_name, count(*) as numwait
from supplier s
join nation n on n.n_nationkey = s.s_nationkey
join lineitem late on late.l_suppkey = s.s_suppkey
join orders o on o.o_orderkey = late.l_orderkey
where n.n_name = 'SAUDI ARABIA'
  and o.o_orderstatus = 'F'
  and late.l_receiptdate > late.l_commitdate
  and exists (
        select 1 from lineitem other
        where other.l_orderkey = late.l_orderkey
          and other.l_suppkey <> late.l_suppkey)
  and not exists (
        select 1 from lineitem guilty
        where guilty.l_orderkey = late.l_orderkey
          and guilty.l_suppkey <> late.l_suppkey
          and guilty.l_receiptdate > guilty.l_commitdate)
group by s.s_name
order by numwait desc, s.s_name
limit 100;
