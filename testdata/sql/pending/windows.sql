-- range between
-- not yet: gives 0A000 RANGE with an offset of this type is not supported yet
select id, count(*) over (order by hired range between interval '2 years' preceding and current row) from employees order by id
