-- Pricing summary: what was shipped until ninety days before the first of December
-- 1998, by whether lines were returned and whether they are closed.
select li.l_returnflag,
       li.l_linestatus,
       sum(li.l_quantity) as sum_qty,
       sum(li.l_extendedprice) as sum_base_price,
       sum(li.l_extendedprice * (1 - li.l_discount)) as sum_disc_price,
       sum(li.l_extendedprice * (1 - li.l_discount) * (1 + li.l_tax)) as sum_charge,
       avg(li.l_quantity) as avg_qty,
       avg(li.l_extendedprice) as avg_price,
       avg(li.l_discount) as avg_disc,
       count(*) as count_order
from lineitem li
where li.l_shipdate <= date '1998-12-01' - interval '90 days'
group by li.l_returnflag, li.l_linestatus
order by li.l_returnflag, li.l_linestatus;
