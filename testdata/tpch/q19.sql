-- Discounted revenue: parts of three brands in small, medium and large containers that
-- were handed over in person after a flight.
select sum(li.l_extendedprice * (1 - li.l_discount)) as revenue
from lineitem li
join part p on p.p_partkey = li.l_partkey
where li.l_shipmode in ('AIR', 'AIR REG')
  and li.l_shipinstruct = 'DELIVER IN PERSON'
  and (
        p.p_brand = 'Brand#12'
        and p.p_container in ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG')
        and p.p_size between 1 and 5
        and li.l_quantity >= 1 and li.l_quantity <= 1 + 10
     or p.p_brand = 'Brand#23'
        and p.p_container in ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK')
        and p.p_size between 1 and 10
        and li.l_quantity >= 10 and li.l_quantity <= 10 + 10
     or p.p_brand = 'Brand#34'
        and p.p_container in ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG')
        and p.p_size between 1 and 15
        and li.l_quantity >= 20 and li.l_quantity <= 20 + 10);
