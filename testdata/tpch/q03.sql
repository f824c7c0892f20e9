-- Shipping priority: the ten most valuable orders of builders that were placed before
-- 15 March 1995 and had something yet to ship on that day.
select o.o_orderkey as l_orderkey,
       sum(li.l_extendedprice * (1 - li.l_discount)) as revenue,
       o.o_orderdate,
       o.o_shippriority
from customer c
join orders o on o.o_custkey = c.c_custkey
join lineitem li on li.l_orderkey = o.o_orderkey
where c.c_mktsegment = 'BUILDING'
  and o.o_orderdate < date '1995-03-15'
  and li.l_shipdate > date '1995-03-15'
group by o.o_orderkey, o.o_orderdate, o.o_shippriority
order by revenue desc, o.o_orderdate
limit 10;
