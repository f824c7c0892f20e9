-- National market share: which part of America's orders of economy anodized steel in
-- 1995 and 1996 was filled from Brazil.
select sales.o_year,
       sum(case when sales.nation = 'BRAZIL' then sales.volume else 0 end) / sum(sales.volume) as mkt_share
from (
        select extract(year from o.o_orderdate) as o_year,
               li.l_extendedprice * (1 - li.l_discount) as volume,
               home.n_name as nation
        from part p
        join lineitem li on li.l_partkey = p.p_partkey
        join supplier s on s.s_suppkey = li.l_suppkey
        join nation home on home.n_nationkey = s.s_nationkey
        join orders o on o.o_orderkey = li.l_orderkey
        join customer c on c.c_custkey = o.o_custkey
        join nation buyer on buyer.n_nationkey = c.c_nationkey
        join region r on r.r_regionkey = buyer.n_regionkey
        where r.r_name = 'AMERICA'
          and p.p_type = 'ECONOMY ANODIZED STEEL'
          and o.o_orderdate between date '1995-01-01' and date '1996-12-31'
     ) sales
group by sales.o_year
order by sales.o_year;
