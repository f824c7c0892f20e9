-- Forecasting revenue: what 1994 would have earned without discounts of five to seven
-- percent on lines of fewer than 24 pieces.
select sum(li.l_extendedprice * li.l_discount) as revenue
from lineitem li
where li.l_shipdate >= date '1994-01-01'
  and li.l_shipdate < date '1994-01-01' + interval '1 year'
  and li.l_discount between 0.06 - 0.01 and 0.06 + 0.01
  and li.l_quantity < 24;
