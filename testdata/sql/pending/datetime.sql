-- timestamps out of range
-- not yet: gives 22008 timestamp out of range: "294276-12-31"
select timestamp '294276-12-31' + interval '1 day'

-- overlaps
-- not yet: gives 0A000 function overlaps(timestamp with time zone, interval, timestamp with time zone, timestamp with time zone
select (date '2024-01-01', date '2024-02-01') overlaps (date '2024-01-15', date '2024-03-01'), (date '2024-01-01', interval '10 days') overlaps (date '2024-01-11', date '2024-01-12')
