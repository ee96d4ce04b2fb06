select
  l_returnflag,
  l_linestatus,
  sum(l_quantity) as sum_qty,
  sum(l_extendedprice) as sum_base_price,
  sum(cast(l_extendedprice as double) * (1 - cast(l_discount as double))) as sum_disc_price,
  sum(cast(l_extendedprice as double) * (1 - cast(l_discount as double)) * (1 + cast(l_tax as double))) as sum_charge,
  avg(l_quantity) as avg_qty,
  avg(l_extendedprice) as avg_price,
  avg(l_discount) as avg_disc,
  count(*) as count_order
from lineitem
where l_shipdate <= date '1998-09-02'
group by l_returnflag, l_linestatus
order by l_returnflag, l_linestatus
