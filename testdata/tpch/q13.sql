-- Customer distribution: how many customers have how many orders, those of special
-- requests aside.
select per_customer.c_count, count(*) as custdist
from (
        select c.c_custkey, count(o.o_orderkey) as c_count
        from customer c
        left join orders o on o.o_custkey = c.c_custkey
                          and o.o_comment not like '%special%requests%'
        group by c.c_custkey
     ) per_customer
group by per_customer.c_count
order by custdist desc, per_customer.c_count desc;
