-- Returned items: the twenty customers who gave back most of what they had ordered in
-- the last quarter of 1993.
select c.c_custkey,
       c.c_name,
       sum(li.l_extendedprice * (1 - li.l_discount)) as revenue,
       c.c_acctbal,
       n.n_name,
       c.c_address,
       c.c_phone,
       c.c_comment
from customer c
join nation n on n.n_nationkey = c.c_nationkey
join orders o on o.o_custkey = c.c_custkey
join lineitem li on li.l_orderkey = o.o_orderkey
where li.l_returnflag = 'R'
  and o.o_orderdate >= date '1993-10-01'
  and o.o_orderdate < date '1993-10-01' + interval '3 months'
group by c.c_custkey, c.c_name, c.c_acctbal, c.c_phone, n.n_name, c.c_address, c.c_comment
order by revenue desc
limit 20;
