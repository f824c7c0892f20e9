-- Order priorities: how many orders of the third quarter of 1993 had at least one line
-- that came later than promised.
select o.o_orderpriority, count(*) as order_count
from orders o
where o.o_orderdate >= date '1993-07-01'
  and o.o_orderdate < date '1993-07-01' + interval '3 months'
  and exists (
        select 1 from lineitem late
        where late.l_orderkey = o.o_orderkey
          and late.l_receiptdate > late.l_commitdate)
group by o.o_orderpriority
order by o.o_orderpriority;
