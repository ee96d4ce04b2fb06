-- g1
select id1, sum(v1) as v1 from x group by id1;
-- g2
select id1, id2, sum(v1) as v1 from x group by id1, id2;
-- g3
select id3, sum(v1) as v1, avg(v3) as v3 from x group by id3;
-- g4
select id4, avg(v1) as v1, avg(v2) as v2, avg(v3) as v3 from x group by id4;
-- g5
select id6, sum(v1) as v1, sum(v2) as v2, sum(v3) as v3 from x group by id6;
-- g6
select id4, id5, median(v3) as median_v3, min(v3) as min_v3 from x group by id4, id5;
-- g7
select id3, max(v1) - min(v2) as range_v1_v2 from x group by id3;
-- g8
select id6, v3 from (select id6, v3, row_number() over (partition by id6 order by v3 desc) as place from x) as ranked
where place <= 2;
-- g9
select count(*) as n, round(sum(r2), 2) as r2 from (
  select id2, id4, power(corr(v1, v2), 2) as r2 from x group by id2, id4
  having min(v1) <> max(v1) and min(v2) <> max(v2)
) as correlated;
-- g10
select id1, id2, id3, id4, id5, id6, sum(v3) as v3, count(*) as n from x group by id1, id2, id3, id4, id5, id6;
-- j1
select count(*) as n, sum(x.v1) as v1, sum(small.v4) as v4 from x join small on x.id4 = small.id4;
-- j2
select count(*) as n, sum(x.v1) as v1, sum(medium.v4) as v4 from x join medium on x.id5 = medium.id5;
-- j3
select count(*) as n, sum(x.v1) as v1, sum(medium.v4) as v4 from x left join medium on x.id5 = medium.id5;
-- j4
select count(*) as n, sum(x.v1) as v1, sum(medium.v4) as v4 from x join medium on x.id2 = medium.id2;
-- j5
select count(*) as n, sum(x.v1) as v1, sum(big.v4) as v4 from x join big on x.id6 = big.id6;
