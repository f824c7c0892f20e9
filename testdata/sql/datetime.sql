-- extract from dates
select id, extract(year from d), extract(month from d), extract(day from d), extract(dow from d), extract(doy from d), extract(isodow from d) from times order by id

-- weeks and greater units
select id, extract(week from d), extract(isoyear from d), extract(quarter from d), extract(decade from d), extract(century from d), extract(millennium from d) from times order by id

-- extract from timestamps
select id, extract(hour from ts), extract(minute from ts), extract(second from ts), extract(milliseconds from ts), extract(microseconds from ts), extract(epoch from ts) from times order by id

-- extract from timestamptz
select id, extract(epoch from tz), extract(hour from tz), extract(timezone from tz) from times order by id

-- extract from times
select id, extract(hour from t), extract(second from t), extract(epoch from t) from times order by id

-- extract from intervals
select id, extract(epoch from iv), extract(day from iv), extract(month from iv), extract(hour from iv) from times order by id

-- date_part
select id, date_part('year', ts), date_part('second', ts), date_part('epoch', d) from times order by id

-- extract of a unit that is not there
select extract(hour from d) from times where id = 1

-- extract of an unknown unit
select extract(nothing from ts) from times where id = 1

-- date_trunc
select id, date_trunc('year', ts), date_trunc('month', ts), date_trunc('week', ts), date_trunc('day', ts), date_trunc('hour', ts) from times order by id

-- date_trunc of fine units
select id, date_trunc('minute', ts), date_trunc('second', ts), date_trunc('milliseconds', ts), date_trunc('quarter', ts) from times order by id

-- date_trunc of timestamptz and dates
select id, date_trunc('month', tz), date_trunc('month', d), date_trunc('day', iv) from times order by id

-- date_bin
select id, date_bin('15 minutes', ts, timestamp '2001-01-01') from times order by id

-- days added and subtracted
select id, d + 1, d - 30, d - date '2000-01-01', 7 + d from times order by id

-- differences of timestamps
select id, ts - timestamp '2000-01-01', tz - timestamptz '2000-01-01 00:00:00+00' from times order by id

-- intervals added
select id, d + interval '1 month', ts + interval '1 day 1 hour', ts - interval '1 year', tz + interval '36 hours' from times order by id

-- times and intervals
select id, t + interval '2 hours', t - time '01:00', d + t from times order by id

-- arithmetic of intervals
select id, iv + interval '1 day', iv - interval '1 hour', iv * 2, iv / 3, - iv, iv * 1.5 from times order by id

-- age
select id, age(ts, timestamp '2001-04-10'), age(timestamp '2024-06-30 12:00', ts) from times order by id

-- justify
select id, justify_days(iv), justify_hours(iv), justify_interval(iv) from times order by id

-- make functions
select make_date(2024, 2, 29), make_time(8, 15, 23.5), make_timestamp(2013, 7, 15, 8, 15, 23.5), make_interval(years => 1, days => 10, secs => 1.5)

-- make_date of no date
select make_date(2023, 2, 29)

-- to_char of timestamps
select id, to_char(ts, 'YYYY-MM-DD HH24:MI:SS.US'), to_char(ts, 'Dy, FMDD Mon YYYY'), to_char(ts, 'FMDay FMMonth Q IYYY-IW-ID DDD HH12 AM'), to_char(d, 'YY/MM/DD J') from times order by id

-- to_char of intervals
select id, to_char(iv, 'DD HH24:MI:SS') from times order by id

-- to_date and to_timestamp
select to_date('05 Dec 2000', 'DD Mon YYYY'), to_timestamp('2024-01-05 13:14:15', 'YYYY-MM-DD HH24:MI:SS'), to_timestamp(1704412800.5)

-- to_date of a wrong text
select to_date('2024-13-01', 'YYYY-MM-DD')

-- at time zone
select id, ts at time zone 'UTC', tz at time zone 'UTC', ts at time zone 'America/New_York', tz at time zone 'Europe/Berlin' from times order by id

-- at time zone of an offset
select id, tz at time zone interval '2 hours', tz at time zone '+03' from times where id in (1, 2, 10) order by id

-- an unknown zone
select ts at time zone 'Nowhere/City' from times where id = 1

-- time literals
select date 'epoch', timestamp 'epoch', date '2024-01-05' + time '10:00', timestamptz '2024-01-05 10:00:00+02', time '24:00', date 'infinity'

-- interval literals
select interval '1-2', interval '1 2:03:04', interval 'P1Y2M3DT4H5M6S', interval '1' year, interval '90' minute, interval '1.5 days', interval '-1 month +2 days'

-- interval comparisons
select interval '1 month' = interval '30 days', interval '24 hours' = interval '1 day', interval '1 day' > interval '23 hours'

-- end of month
select date '2024-01-31' + interval '1 month', date '2023-01-31' + interval '1 month', date '2024-02-29' + interval '1 year', date '2024-03-31' - interval '1 month'

-- generate_series of timestamps
select g from generate_series(timestamp '2024-01-30', timestamp '2024-03-02', interval '8 days') g order by 1

-- dates out of range
select date '2024-01-01' + 2147483647

-- dates BC and far away
select id, dx + 1, dx - interval '1 day' from times where isfinite(dx) and id in (6, 8) order by id

-- infinite timestamps
select id, tx + interval '1 day', tx = 'infinity' from times where not isfinite(tx) order by id

-- filters on months
select order_id from orders where date_trunc('month', ordered_on) = '2023-03-01' order by 1

-- filters on extract
select order_id from orders where extract(year from ordered_on) = 2024 and extract(month from ordered_on) in (1, 2) order by 1

-- filters on a range of days
select count(*) from orders where ordered_on >= date '2023-04-01' and ordered_on < date '2023-04-01' + interval '3 months'

-- delays
select order_id, shipped_at - ordered_on as delay from orders where shipped_at is not null order by 2 desc, 1 limit 5

-- groups by month
select date_trunc('month', ordered_on)::date as m, count(*) from orders group by 1 order by 1

-- groups by week
select extract(week from d) as w, count(*), min(id) from wide group by 1 order by 1

-- current time is one moment
select now() = current_timestamp, now() = transaction_timestamp(), current_date = now()::date, localtimestamp = now()::timestamp, statement_timestamp() >= now()

-- ages of rows
select id from times where now() - ts > interval '10 years' order by id

-- timetz
select id, tt, tt at time zone 'UTC', extract(timezone from tt), tt = '12:00:00+02' from misc order by id

-- overlaps of dates
select (date '2024-01-01', date '2024-02-01') overlaps (date '2024-01-15', date '2024-03-01')

-- dates beside midnights, other times and infinities
select id, d < timestamp '2024-02-29', d <= timestamp '2024-02-29 00:00', timestamp '2024-02-29' = d, d <> timestamp '2024-02-29', d >= timestamp '2024-02-29 00:00:01', d < timestamp 'infinity', timestamp '-infinity' < d from times order by id

-- a period of dates by an interval
select id, d from times where d >= date '2000-01-01' and d < date '2000-01-01' + interval '1 year' order by id

-- dates beyond timestamps beside midnights
-- placements: postgres mem parquet csv json_lines
select id, dx < timestamp '2100-01-01', dx = timestamp 'infinity', dx > timestamp '9999-12-31' from times where dx < timestamp '2100-01-01' or dx > timestamp '2200-01-01 10:00' order by id
