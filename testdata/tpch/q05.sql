-- Local supplier volume: what suppliers of each Asian nation sold in 1994 to customers
-- of their own nation.
select n.n_name, sum(li.l_extendedprice * (1 - li.l_discount)) as revenue
from region r
join nation n on n.n_regionkey = r.r_regionkey
join customer c on c.c_nationkey = n.n_nationkey
join orders o on o.o_custkey = c.c_custkey
join lineitem li on li.l_orderkey = o.o_orderkey
join supplier s on s.s_suppkey = li.l_suppkey and s.s_nationkey = c.c_nationkey
where r.r_name = 'ASIA'
  and o.o_orderdate >= date '1994-01-01'
  and o.o_orderdate < date '1994-01-01' + interval '1 year'
group by n.n_name
order by revenue desc;
