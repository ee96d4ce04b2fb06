-- h1
select count(*) as n from hits;
-- h2
select count(*) as n from hits where adv_engine_id <> 0;
-- h3
select sum(adv_engine_id) as engines, count(*) as n, avg(resolution_width) as width from hits;
-- h4
select avg(price_cents) as price from hits;
-- h5
select count(distinct user_id) as users from hits;
-- h6
select count(distinct search_phrase) as phrases from hits;
-- h7
select min(event_date) as first_day, max(event_date) as last_day from hits;
-- h8
select adv_engine_id, count(*) as n from hits where adv_engine_id <> 0
group by adv_engine_id order by n desc, adv_engine_id;
-- h9
select region_id, count(distinct user_id) as users from hits
group by region_id order by users desc, region_id limit 10;
-- h10
select region_id, sum(adv_engine_id) as engines, count(*) as n, avg(resolution_width) as width, count(distinct user_id) as users
from hits group by region_id order by n desc, region_id limit 10;
-- h11
select mobile_phone_model, count(distinct user_id) as users from hits where mobile_phone_model <> ''
group by mobile_phone_model order by users desc, mobile_phone_model limit 10;
-- h12
select mobile_phone, mobile_phone_model, count(distinct user_id) as users from hits where mobile_phone_model <> ''
group by mobile_phone, mobile_phone_model order by users desc, mobile_phone, mobile_phone_model limit 10;
-- h13
select search_phrase, count(*) as n from hits where search_phrase <> ''
group by search_phrase order by n desc, search_phrase limit 10;
-- h14
select search_phrase, count(distinct user_id) as users from hits where search_phrase <> ''
group by search_phrase order by users desc, search_phrase limit 10;
-- h15
select search_engine_id, search_phrase, count(*) as n from hits where search_phrase <> ''
group by search_engine_id, search_phrase order by n desc, search_engine_id, search_phrase limit 10;
-- h16
select user_id, count(*) as n from hits group by user_id order by n desc, user_id limit 10;
-- h17
select user_id, search_phrase, count(*) as n from hits
group by user_id, search_phrase order by n desc, user_id, search_phrase limit 10;
-- h18
select user_id, browser_language, count(*) as n from hits
group by user_id, browser_language order by n desc, user_id, browser_language limit 10;
-- h19
select user_id, extract(minute from event_time) as minute, search_phrase, count(*) as n from hits
group by user_id, extract(minute from event_time), search_phrase order by n desc, user_id, minute, search_phrase limit 10;
-- h20
select user_id from hits where user_id = 435090932899640449;
-- h21
select count(*) as n from hits where url like '%page/77%';
-- h22
select search_phrase, min(url) as url, count(*) as n from hits where url like '%page/77%' and search_phrase <> ''
group by search_phrase order by n desc, search_phrase limit 10;
-- h23
select search_phrase, min(url) as url, min(title) as title, count(*) as n, count(distinct user_id) as users
from hits where title like '%about 9%' and url not like '%.example/%/1%' and search_phrase <> ''
group by search_phrase order by n desc, search_phrase limit 10;
-- h24
select watch_id, event_time, url, title, referer, search_phrase, user_id from hits where url like '%page/77%'
order by event_time, watch_id limit 10;
-- h25
select search_phrase, event_time, watch_id from hits where search_phrase <> '' order by event_time, watch_id limit 10;
-- h26
select search_phrase, watch_id from hits where search_phrase <> '' order by search_phrase, watch_id limit 10;
-- h27
select search_phrase, event_time, watch_id from hits where search_phrase <> ''
order by event_time, search_phrase, watch_id limit 10;
-- h28
select counter_id, avg(length(url)) as length, count(*) as n from hits where url <> ''
group by counter_id having count(*) > 100 order by length desc, counter_id limit 25;
-- h29
select split_part(referer, '/', 3) as host, avg(length(referer)) as length, count(*) as n, min(referer) as referer
from hits where referer <> '' group by split_part(referer, '/', 3) order by n desc, host limit 25;
-- h30
select
  sum(resolution_width) as s0, sum(resolution_width + 1) as s1, sum(resolution_width + 2) as s2, sum(resolution_width + 3) as s3,
  sum(resolution_width + 4) as s4, sum(resolution_width + 5) as s5, sum(resolution_width + 6) as s6, sum(resolution_width + 7) as s7,
  sum(resolution_width + 8) as s8, sum(resolution_width + 9) as s9, sum(resolution_width + 10) as s10, sum(resolution_width + 11) as s11,
  sum(resolution_width + 12) as s12, sum(resolution_width + 13) as s13, sum(resolution_width + 14) as s14, sum(resolution_width + 15) as s15
from hits;
-- h31
select search_engine_id, client_ip, count(*) as n, sum(is_refresh) as refreshes, avg(resolution_width) as width
from hits where search_phrase <> ''
group by search_engine_id, client_ip order by n desc, search_engine_id, client_ip limit 10;
-- h32
select user_id, client_ip, count(*) as n, sum(is_refresh) as refreshes, avg(resolution_width) as width
from hits where search_phrase <> '' group by user_id, client_ip order by n desc, user_id, client_ip limit 10;
-- h33
select watch_id, client_ip, count(*) as n, sum(is_refresh) as refreshes, avg(resolution_width) as width
from hits group by watch_id, client_ip order by n desc, watch_id, client_ip limit 10;
-- h34
select url, count(*) as n from hits group by url order by n desc, url limit 10;
-- h35
select 1 as one, url, count(*) as n from hits group by url order by n desc, url limit 10;
-- h36
select client_ip, client_ip - 1 as a, client_ip - 2 as b, client_ip - 3 as c, count(*) as n from hits
group by client_ip, client_ip - 1, client_ip - 2, client_ip - 3 order by n desc, client_ip limit 10;
-- h37
select url, count(*) as views from hits
where counter_id = 62 and event_date >= date '2024-03-01' and event_date <= date '2024-03-31' and is_refresh = 0 and url <> ''
group by url order by views desc, url limit 10;
-- h38
select title, count(*) as views from hits
where counter_id = 62 and event_date >= date '2024-03-01' and event_date <= date '2024-03-31' and is_refresh = 0 and title <> ''
group by title order by views desc, title limit 10;
-- h39
select url, count(*) as views from hits
where counter_id = 62 and event_date >= date '2024-03-01' and is_refresh = 0 and is_link <> 0 and is_download = 0
group by url order by views desc, url limit 10 offset 10;
-- h40
select
  traffic_source_id, search_engine_id, adv_engine_id,
  case when search_engine_id = 0 and adv_engine_id = 0 then referer else '' end as source, url, count(*) as views
from hits where counter_id = 62 and event_date >= date '2024-03-01' and is_refresh = 0
group by traffic_source_id, search_engine_id, adv_engine_id, case when search_engine_id = 0 and adv_engine_id = 0 then referer else '' end, url
order by views desc, traffic_source_id, search_engine_id, adv_engine_id, source, url limit 10 offset 100;
-- h41
select url_hash, event_date, count(*) as views from hits
where counter_id = 62 and is_refresh = 0 and traffic_source_id in (-1, 6) and event_date >= date '2024-03-01'
group by url_hash, event_date order by views desc, url_hash, event_date limit 10;
-- h42
select window_width, window_height, count(*) as views from hits
where counter_id = 62 and is_refresh = 0 and event_date >= date '2024-03-01'
group by window_width, window_height order by views desc, window_width, window_height limit 10;
-- h43
select date_trunc('minute', event_time) as minute, count(*) as views from hits
where event_date >= date '2024-03-14' and event_date <= date '2024-03-15' and is_refresh = 0
group by date_trunc('minute', event_time) order by minute limit 10 offset 100;
