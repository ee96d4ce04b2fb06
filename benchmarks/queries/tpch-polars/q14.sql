select
  100.00 * sum(case when p_type like 'PROMO%' then cast(l_extendedprice as double) * (1 - cast(l_discount as double)) else 0 end)
    / sum(cast(l_extendedprice as double) * (1 - cast(l_discount as double))) as promo_revenue
from lineitem
join part on l_partkey = p_partkey
where l_shipdate >= date '1995-09-01' and l_shipdate < date '1995-10-01'
