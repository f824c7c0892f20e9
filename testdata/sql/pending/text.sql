-- unicode normal forms
-- not yet: gives 0A000 function normalize is not supported yet
select normalize('e' || chr(769)) = 'é', length(normalize('é', NFD)), 'é' is normalized

-- to_char of numerics
-- not yet: gives 0A000 "EEEE" in number formats is not supported yet
select id, to_char(n52, 'FM990.00'), to_char(n52, '0.0'), to_char(n52, '9.99EEEE'), to_char(n155, 'MI99999') from nums order by id

-- regexp_count, regexp_instr, regexp_like, regexp_substr
-- not yet: gives 0A000 function regexp_instr(text, text) is not supported yet
select id, regexp_count(s, '[a-z]'), regexp_instr(s, 'c'), regexp_like(s, '^\d+$'), regexp_substr(s, '[a-z]+') from texts order by id
