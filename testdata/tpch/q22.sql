-- Global sales opportunity: customers of seven telephone countries who never ordered,
-- though their balance is above the average of the positive ones there.
select idle.cntrycode, count(*) as numcust, sum(idle.c_acctbal) as totacctbal
from (
        select substring(c.c_phone from 1 for 2) as cntrycode, c.c_acctbal
        from customer c
        where substring(c.c_phone from 1 for 2) in ('13', '17', '18', '23', '29', '30', '31')
          and c.c_acctbal > (
                select avg(usual.c_acctbal)
                from customer usual
                where usual.c_acctbal > 0.00
                  and substring(usual.c_phone from 1 for 2) in ('13', '17', '18', '23', '29', '30', '31'))
          and not exists (select 1 from orders o where o.o_custkey = c.c_custkey)
     ) idle
group by idle.cntrycode
order by idle.cntrycode;
