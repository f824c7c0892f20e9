-- Large volume customers: the hundred dearest orders of more than 300 pieces, with who
-- placed them.
select c.c_name, c.c_custkey, o.o_orderkey, o.o_orderdate, o.o_totalprice, sum(li.l_quantity) as sum_qty
from orders o
join customer c on c.c_custkey = o.o_custkey
join lineitem li on li.l_orderkey = o.o_orderkey
where o.o_orderkey in (
        select big.l_orderkey from lineitem big
        group by big.l_orderkey
        having sum(big.l_quantity) > 300)
group by c.c_name, c.c_custkey, o.o_orderkey, o.o_orderdate, o.o_totalprice
order by o.o_totalprice desc, o.o_orderdate
limit 100;
