-- Small orders: what a year would lose if no order of less than a fifth of the usual
-- quantity were taken, for one brand in medium boxes.
select sum(li.l_extendedprice) / 7.0 as avg_yearly
from lineitem li
join part p on p.p_partkey = li.l_partkey
where p.p_brand = 'Brand#23'
  and p.p_container = 'MED BOX'
  and li.l_quantity < (
        select 0.2 * avg(usual.l_quantity)
        from lineitem usual
        where usual.l_partkey = p.p_partkey);
