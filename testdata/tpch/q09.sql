-- Product type profit: what each nation earned each year with green parts, after what
-- its suppliers were paid.
select earned.nation, earned.o_year, sum(earned.amount) as sum_profit
from (
        select n.n_name as nation,
               extract(year from o.o_orderdate) as o_year,
               li.l_extendedprice * (1 - li.l_discount) - ps.ps_supplycost * li.l_quantity as amount
        from lineitem li
        join part p on p.p_partkey = li.l_partkey
        join partsupp ps on ps.ps_partkey = li.l_partkey and ps.ps_suppkey = li.l_suppkey
        join supplier s on s.s_suppkey = li.l_suppkey
        join nation n on n.n_nationkey = s.s_nationkey
        join orders o on o.o_orderkey = li.l_orderkey
        where p.p_name like '%green%'
     ) earned
group by earned.nation, earned.o_year
order by earned.nation, earned.o_year desc;
