-- Parts and suppliers: how many suppliers without complaints offer parts of eight sizes,
-- of any brand but one and any type but the polished medium ones.
select p.p_brand, p.p_type, p.p_size, count(distinct ps.ps_suppkey) as supplier_cnt
from part p
join partsupp ps on ps.ps_partkey = p.p_partkey
where p.p_brand <> 'Brand#45'
  and p.p_type not like 'MEDIUM POLISHED%'
  and p.p_size in (3, 9, 14, 19, 23, 36, 45, 49)
  and ps.ps_suppkey not in (
        select bad.s_suppkey from supplier bad
        where bad.s_comment like '%Customer%Complaints%')
group by p.p_brand, p.p_type, p.p_size
order by supplier_cnt desc, p.p_brand, p.p_type, p.p_size;
