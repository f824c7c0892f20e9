-- Promotion effect: which percentage of September 1995's revenue came from parts that
-- were promoted.
select 100.00 * sum(case when p.p_type like 'PROMO%' then li.l_extendedprice * (1 - li.l_discount) else 0 end)
           / sum(li.l_extendedprice * (1 - li.l_discount)) as promo_revenue
from lineitem li
join part p on p.p_partkey = li.l_partkey
where li.l_shipdate >= date '1995-09-01'
  and li.l_shipdate < date '1995-09-01' + interval '1 month';
