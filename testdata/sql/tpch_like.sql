-- revenue and volume by line status
select l_returnflag, l_linestatus, count(*), sum(l_quantity), sum(l_extendedprice * (1 - l_discount)) as net, avg(l_tax) from lineitem
where l_shipdate < date '1998-06-01' group by 1, 2 order by 1, 2

-- the cheapest offer of each part of a region
select p_partkey, s_name, ps_supplycost from part join partsupp on ps_partkey = p_partkey join supplier on s_suppkey = ps_suppkey join nation on n_nationkey = s_nationkey
join region on r_regionkey = n_regionkey where r_name = 'ASIA' and p_size between 10 and 14
and ps_supplycost = (select min(x.ps_supplycost) from partsupp x join supplier y on y.s_suppkey = x.ps_suppkey join nation z on z.n_nationkey = y.s_nationkey join region r on r.r_regionkey = z.n_regionkey where x.ps_partkey = p_partkey and r.r_name = 'ASIA')
order by ps_supplycost desc, p_partkey, s_name limit 25

-- open orders of a segment by value
select o_orderkey, o_orderdate, sum(l_extendedprice * (1 - l_discount)) as value from customer, orders, lineitem
where c_mktsegment = 'MACHINERY' and c_custkey = o_custkey and l_orderkey = o_orderkey and o_orderdate < '1995-06-01' and l_shipdate > '1995-06-01'
group by o_orderkey, o_orderdate order by value desc, o_orderkey limit 12

-- priorities of orders with late lines
select o_orderpriority, count(*) from orders where o_orderdate >= '1996-01-01' and o_orderdate < date '1996-01-01' + interval '6 months'
and exists (select * from lineitem where l_orderkey = o_orderkey and l_receiptdate > l_commitdate) group by o_orderpriority order by 1

-- priorities of orders without late lines
select o_orderpriority, count(*) from orders where not exists (select 1 from lineitem where l_orderkey = o_orderkey and l_receiptdate > l_commitdate) group by 1 order by 1

-- trade inside a nation, six tables
select n_name, sum(l_extendedprice * (1 - l_discount)) as revenue, count(distinct o_orderkey) from region join nation on n_regionkey = r_regionkey join supplier on s_nationkey = n_nationkey
join customer on c_nationkey = n_nationkey join orders on o_custkey = c_custkey join lineitem on l_orderkey = o_orderkey and l_suppkey = s_suppkey
where r_name in ('EUROPE', 'AMERICA') group by n_name order by revenue desc, n_name

-- what a discount costs
select sum(l_extendedprice * l_discount) as lost, count(*), max(l_quantity) from lineitem where l_shipdate between '1995-01-01' and '1995-12-31' and l_discount between 0.04 and 0.06 and l_quantity < 30

-- flows between two nations by year
select a.n_name as seller, b.n_name as buyer, extract(year from l_shipdate) as y, sum(l_extendedprice * (1 - l_discount)) from supplier, lineitem, orders, customer, nation a, nation b
where s_suppkey = l_suppkey and o_orderkey = l_orderkey and c_custkey = o_custkey and s_nationkey = a.n_nationkey and c_nationkey = b.n_nationkey
and (a.n_name, b.n_name) in (('JAPAN', 'CHINA'), ('CHINA', 'JAPAN'), ('INDIA', 'PERU')) group by 1, 2, 3 order by 1, 2, 3

-- share of one nation by year, eight tables
select y, round(sum(case when nation = 'CANADA' then v else 0 end) / sum(v), 6) as share from (
  select extract(year from o_orderdate) as y, l_extendedprice * (1 - l_discount) as v, s.n_name as nation from part, supplier, lineitem, orders, customer, nation c, nation s, region
  where p_partkey = l_partkey and s_suppkey = l_suppkey and l_orderkey = o_orderkey and o_custkey = c_custkey and c_nationkey = c.n_nationkey and c.n_regionkey = r_regionkey
  and r_name = 'AMERICA' and s_nationkey = s.n_nationkey and p_type like '%BRASS') t group by y order by y

-- profit by nation and year
select n_name, extract(year from o_orderdate) as y, sum(l_extendedprice * (1 - l_discount) - ps_supplycost * l_quantity) as profit from part join lineitem on l_partkey = p_partkey
join supplier on s_suppkey = l_suppkey join partsupp on ps_suppkey = l_suppkey and ps_partkey = l_partkey join orders on o_orderkey = l_orderkey join nation on n_nationkey = s_nationkey
where p_name like '%blue%' group by n_name, y order by n_name, y desc

-- customers who sent back the most
select c_custkey, c_name, sum(l_extendedprice * (1 - l_discount)) as lost, n_name from customer join orders on o_custkey = c_custkey join lineitem on l_orderkey = o_orderkey join nation on n_nationkey = c_nationkey
where l_returnflag = 'R' and o_orderdate between '1994-01-01' and '1994-06-30' group by c_custkey, c_name, n_name order by lost desc, c_custkey limit 15

-- stock worth more than a share of a nation's
select ps_partkey, sum(ps_supplycost * ps_availqty) as worth from partsupp, supplier, nation where ps_suppkey = s_suppkey and s_nationkey = n_nationkey and n_name = 'FRANCE' group by ps_partkey
having sum(ps_supplycost * ps_availqty) > (select sum(ps_supplycost * ps_availqty) * 0.005 from partsupp, supplier, nation where ps_suppkey = s_suppkey and s_nationkey = n_nationkey and n_name = 'FRANCE')
order by worth desc, ps_partkey

-- ship modes by urgency
select l_shipmode, count(case when o_orderpriority in ('1-URGENT', '2-HIGH') then 1 end) as urgent, count(*) filter (where o_orderpriority not in ('1-URGENT', '2-HIGH')) as other
from orders join lineitem on l_orderkey = o_orderkey where l_commitdate < l_receiptdate and l_shipdate < l_commitdate and l_shipmode in ('AIR', 'RAIL', 'TRUCK') group by l_shipmode order by 1

-- how many customers have how many orders
select n, count(*) as customers from (select c_custkey, count(o_orderkey) as n from customer left join orders on o_custkey = c_custkey and o_comment not like '%special%packages%' group by c_custkey) t group by n order by customers desc, n desc

-- share of a type of part
select round(100 * sum(case when p_type like 'STANDARD%' then l_extendedprice * (1 - l_discount) else 0 end) / sum(l_extendedprice * (1 - l_discount)), 8) from lineitem join part on p_partkey = l_partkey
where l_shipdate >= '1996-03-01' and l_shipdate < '1996-05-01'

-- the best supplier of a quarter
with revenue as (select l_suppkey as supplier_no, sum(l_extendedprice * (1 - l_discount)) as total from lineitem where l_shipdate >= '1997-01-01' and l_shipdate < date '1997-01-01' + interval '3 months' group by l_suppkey)
select s_suppkey, s_name, s_phone, total from supplier join revenue on supplier_no = s_suppkey where total = (select max(total) from revenue) order by 1

-- suppliers of parts without complaints
select p_brand, p_size, count(distinct ps_suppkey) as n from partsupp join part on p_partkey = ps_partkey where p_brand <> 'Brand#33' and p_type not like 'SMALL%' and p_size in (3, 7, 19, 23)
and ps_suppkey not in (select s_suppkey from supplier where s_comment like '%Customer%Complaints%') group by p_brand, p_size order by n desc, p_brand, p_size

-- what small orders bring
select sum(l_extendedprice) / 7.0 from lineitem join part on p_partkey = l_partkey where p_container like 'MED%' and l_quantity < (select 0.3 * avg(x.l_quantity) from lineitem x where x.l_partkey = p_partkey)

-- orders of great quantity
select c_name, o_orderkey, o_totalprice, sum(l_quantity) from customer, orders, lineitem where o_orderkey in (select l_orderkey from lineitem group by l_orderkey having sum(l_quantity) > 250)
and c_custkey = o_custkey and o_orderkey = l_orderkey group by c_name, o_orderkey, o_totalprice order by o_totalprice desc, o_orderkey limit 20

-- alternatives that share a join
select sum(l_extendedprice * (1 - l_discount)), count(*) from lineitem, part where p_partkey = l_partkey and l_shipinstruct = 'DELIVER IN PERSON'
and (p_size < 10 and l_quantity between 1 and 15 and p_container like 'SM%' or p_size between 10 and 30 and l_quantity between 10 and 25 or p_brand = 'Brand#12' and l_shipmode = 'AIR')

-- suppliers with too much in stock
select s_name, s_address from supplier join nation on n_nationkey = s_nationkey where n_name in ('GERMANY', 'KENYA', 'IRAQ') and s_suppkey in (
  select ps_suppkey from partsupp where ps_partkey in (select p_partkey from part where p_name like 'a%')
  and ps_availqty > (select 0.5 * sum(l_quantity) from lineitem where l_partkey = ps_partkey and l_suppkey = ps_suppkey)) order by s_name

-- suppliers who alone were late
select s_name, count(*) as late from supplier, lineitem a, orders where s_suppkey = a.l_suppkey and o_orderkey = a.l_orderkey and o_orderstatus = 'F' and a.l_receiptdate > a.l_commitdate
and exists (select 1 from lineitem b where b.l_orderkey = a.l_orderkey and b.l_suppkey <> a.l_suppkey)
and not exists (select 1 from lineitem c where c.l_orderkey = a.l_orderkey and c.l_suppkey <> a.l_suppkey and c.l_receiptdate > c.l_commitdate) group by s_name order by late desc, s_name limit 30

-- rich customers without orders
select code, count(*), sum(c_acctbal) from (select substring(c_phone from 1 for 2) as code, c_acctbal from customer where substring(c_phone, 1, 2) in ('11', '14', '20', '25', '33')
and c_acctbal > (select avg(c_acctbal) from customer where c_acctbal > 0) and not exists (select 1 from orders where o_custkey = c_custkey)) t group by code order by code

-- orders by running total
select c_custkey, o_orderkey, sum(o_totalprice) over (partition by c_custkey order by o_orderdate, o_orderkey) from customer join orders on o_custkey = c_custkey where c_custkey < 20 order by 1, 3
