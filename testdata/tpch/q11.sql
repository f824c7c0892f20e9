-- Important stock: the parts that make up more than a ten-thousandth of the value that
-- German suppliers hold. (The share is the specification's for scale factor 1.)
select ps.ps_partkey, sum(ps.ps_supplycost * ps.ps_availqty) as value
from partsupp ps
join supplier s on s.s_suppkey = ps.ps_suppkey
join nation n on n.n_nationkey = s.s_nationkey
where n.n_name = 'GERMANY'
group by ps.ps_partkey
having sum(ps.ps_supplycost * ps.ps_availqty) > (
        select 0.0001 * sum(stock.ps_supplycost * stock.ps_availqty)
        from partsupp stock
        join supplier holder on holder.s_suppkey = stock.ps_suppkey
        join nation home on home.n_nationkey = holder.s_nationkey
        where home.n_name = 'GERMANY')
order by value desc;
