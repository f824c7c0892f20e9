-- Cheapest suppliers: for each brass part of size 15, the European supplier who asks
-- least for it. The hundred richest of them.
select s.s_acctbal, s.s_name, n.n_name, p.p_partkey, p.p_mfgr, s.s_address, s.s_phone, s.s_comment
from part p
join partsupp offer on offer.ps_partkey = p.p_partkey
join supplier s on s.s_suppkey = offer.ps_suppkey
join nation n on n.n_nationkey = s.s_nationkey
join region r on r.r_regionkey = n.n_regionkey
where r.r_name = 'EUROPE'
  and p.p_size = 15
  and p.p_type like '%BRASS'
  and offer.ps_supplycost = (
        select min(rival.ps_supplycost)
        from partsupp rival
        join supplier rs on rs.s_suppkey = rival.ps_suppkey
        join nation rn on rn.n_nationkey = rs.s_nationkey
        join region rr on rr.r_regionkey = rn.n_regionkey
        where rival.ps_partkey = p.p_partkey
          and rr.r_name = 'EUROPE')
order by s.s_acctbal desc, n.n_name, s.s_name, p.p_partkey
limit 100;
