-- Part promotion: Canadian suppliers who hold, of some forest part, more than half of
-- what they shipped of it in 1994.
select s.s_name, s.s_address
from supplier s
join nation n on n.n_nationkey = s.s_nationkey
where n.n_name = 'CANADA'
  and s.s_suppkey in (
        select ps.ps_suppkey
        from partsupp ps
        where ps.ps_partkey in (select p.p_partkey from part p where p.p_name like 'forest%')
          and ps.ps_availqty > (
                select 0.5 * sum(li.l_quantity)
                from lineitem li
                where li.l_partkey = ps.ps_partkey
                  and li.l_suppkey = ps.ps_suppkey
                  and li.l_shipdate >= date '1994-01-01'
                  and li.l_shipdate < date '1994-01-01' + interval '1 year'))
order by s.s_name;
