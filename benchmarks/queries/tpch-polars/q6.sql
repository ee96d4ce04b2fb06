select sum(cast(l_extendedprice as double) * cast(l_discount as double)) as revenue
from lineitem
where
  l_shipdate >= date '1994-01-01'
  and l_shipdate < date '1995-01-01'
  and l_discount between 0.05 and 0.07
  and l_quantity < 24
