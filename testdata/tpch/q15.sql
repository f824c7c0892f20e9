-- Top supplier: who earned most in the first quarter of 1996, all of them if several did.
with quarter as (
        select li.l_suppkey as supplier_no, sum(li.l_extendedprice * (1 - li.l_discount)) as total_revenue
        from lineitem li
        where li.l_shipdate >= date '1996-01-01'
          and li.l_shipdate < date '1996-01-01' + interval '3 months'
        group by li.l_suppkey
)
select s.s_suppkey, s.s_name, s.s_address, s.s_phone, quarter.total_revenue
from supplier s
join quarter on quarter.supplier_no = s.s_suppkey
where quarter.total_revenue = (select max(best.total_revenue) from quarter best)
order by s.s_suppkey;
