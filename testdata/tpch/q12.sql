-- Shipping modes: whether mail and ship delayed urgent orders in 1994, among lines that
-- were shipped in time and came late.
select li.l_shipmode,
       sum(case when o.o_orderpriority in ('1-URGENT', '2-HIGH') then 1 else 0 end) as high_line_count,
       sum(case when o.o_orderpriority in ('1-URGENT', '2-HIGH') then 0 else 1 end) as low_line_count
from lineitem li
join orders o on o.o_orderkey = li.l_orderkey
where li.l_shipmode in ('MAIL', 'SHIP')
  and li.l_shipdate < li.l_commitdate
  and li.l_commitdate < li.l_receiptdate
  and li.l_receiptdate >= date '1994-01-01'
  and li.l_receiptdate < date '1994-01-01' + interval '1 year'
group by li.l_shipmode
order by li.l_shipmode;
