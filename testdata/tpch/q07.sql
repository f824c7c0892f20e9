-- Volume shipping: trade between France and Germany in both directions, year by year.
select trade.supp_nation, trade.cust_nation, trade.l_year, sum(trade.volume) as revenue
from (
        select origin.n_name as supp_nation,
               target.n_name as cust_nation,
               extract(year from li.l_shipdate) as l_year,
               li.l_extendedprice * (1 - li.l_discount) as volume
        from lineitem li
        join supplier s on s.s_suppkey = li.l_suppkey
        join nation origin on origin.n_nationkey = s.s_nationkey
        join orders o on o.o_orderkey = li.l_orderkey
        join customer c on c.c_custkey = o.o_custkey
        join nation target on target.n_nationkey = c.c_nationkey
        where li.l_shipdate between date '1995-01-01' and date '1996-12-31'
          and (origin.n_name = 'FRANCE' and target.n_name = 'GERMANY'
            or origin.n_name = 'GERMANY' and target.n_name = 'FRANCE')
     ) trade
group by trade.supp_nation, trade.cust_nation, trade.l_year
order by trade.supp_nation, trade.cust_nation, trade.l_year;
