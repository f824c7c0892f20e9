-- lengths
select id, length(s), char_length(s), octet_length(s), bit_length(s) from texts order by id

-- case
select id, upper(s), lower(s), initcap(s) from texts order by id

-- concatenation
select id, s || '-' || v, s || 1, concat(s, v, null, 1), concat_ws('/', s, null, v) from texts order by id

-- substring
select id, substring(s from 2 for 3), substring(s, 2), substr(s, 0, 3), substring(s from -1 for 4), substring(s for 2) from texts order by id

-- substring of negative length
select substring(s, 1, -1) from texts where id = 1

-- left and right
select id, left(s, 2), right(s, 2), left(s, -1), right(s, -1), left(s, 0) from texts order by id

-- pad
select id, lpad(s, 5, '*'), rpad(s, 5), lpad(s, 2), rpad(s, 7, 'xy'), lpad(s, 3, '') from texts order by id

-- trim
select id, trim(s), ltrim(s), rtrim(s), btrim(s, 'ac'), trim(leading 'a' from s), trim(trailing 'c' from s), trim(both from s) from texts order by id

-- position and strpos
select id, position('b' in s), strpos(s, 'c'), strpos(s, '') from texts order by id

-- replace, translate, reverse, repeat
select id, replace(s, 'a', 'XY'), translate(s, 'abc', 'xy'), reverse(s), repeat(s, 2), repeat(s, -1) from texts order by id

-- split_part
select id, split_part(s, ' ', 1), split_part(s, ' ', 2), split_part(s, ',', -1) from texts order by id

-- split_part of field zero
select split_part(s, ',', 0) from texts where id = 1

-- overlay
select id, overlay(s placing 'ZZ' from 2 for 1), overlay(s placing '!' from 1) from texts order by id

-- ascii and chr
select id, ascii(s), chr(65 + id) from texts order by id

-- chr of zero
select chr(id - 1) from texts where id = 1

-- md5 and encodings
select id, md5(s), encode(s::bytea, 'hex') from texts where id <> 9 order by id

-- sha256
select id, encode(sha256(convert_to(s, 'UTF8')), 'base64') from texts order by id

-- to_hex
select id, to_hex(i4), to_hex(i8) from ints order by id

-- quoting
select id, quote_literal(s), quote_ident(s), quote_nullable(s) from texts order by id

-- starts_with and ^@
select id, starts_with(s, 'a'), s ^@ 'AB' from texts order by id

-- like
select id, s from texts where s like 'a%' order by id

-- like with one character
select id, s from texts where s like '_b_' order by id

-- like is case-sensitive
select id, s from texts where s like '%B%' order by id

-- ilike
select id, s from texts where s ilike '%AB%' order by id

-- not like
select id, s from texts where s not like '%a%' order by id

-- like with an escaped percent
select id, s from texts where s like '%\%' order by id

-- like with another escape character
select id, s from texts where s like '%!%' escape '!' order by id

-- like without escape character
select id, s from texts where s like 'a\\%' escape '' order by id

-- like of a pattern that ends in its escape
select id from texts where s like 'abc\' order by id

-- like of patterns in a column
select a.id, b.id from texts a join texts b on a.s like b.v where a.id < 12 and b.id < 9 order by 1, 2

-- like of non-ASCII
select id from texts where s like '%ï%' or s like '日_語' order by id

-- similar to
select id, s from texts where s similar to '(a|A)b%' order by id

-- regular expressions
select id, s ~ '^a', s ~* '^A', s !~ 'c$', s !~* 'C$' from texts order by id

-- regexp_replace
select id, regexp_replace(s, '[a-c]', 'X'), regexp_replace(s, '[a-c]', 'X', 'g'), regexp_replace(s, '(.)(.)', '\2\1') from texts order by id

-- regexp_match
select id, regexp_match(s, '(a)(b)?') from texts order by id

-- regexp_split_to_array
select id, regexp_split_to_array(s, '\s+') from texts order by id

-- string_to_array
select id, string_to_array(s, ' '), string_to_array(s, null), string_to_array(s, ' ', 'quick') from texts order by id

-- format
select id, format('%s=%I (%L) %%', s, 'col x', v), format('%2$s %1$s|%-5s|%5s', 'a', 'b', 'c', 'd') from texts order by id

-- to_char of integers
select id, to_char(i4, '999G999D9'), to_char(i4, 'FM0000'), to_char(i4, 'S99'), to_char(i4, '99PR') from ints order by id

-- to_number
select to_number('1,234.50', '9G999D99'), to_number('-12', 'S99')

-- text to numbers
select id, s::int from texts where id = 21

-- text that is no number
select s::int from texts where id = 1

-- text that is no number, as numeric
select s::numeric from texts where id = 20

-- implicit text of other types
select id, i4 || ' ' || b, i8::text, b::text from ints order by id

-- floats as text
select id, f4::text, f8::text, f8 || '' from floats order by id

-- numerics as text
select id, n52::text, n155::varchar, n10::text from nums order by id

-- varchar(n) cuts on an explicit cast
select id, s::varchar(3), s::char(3), s::char(3) || '|' from texts order by id

-- min and max of text
select min(s), max(s), min(v), max(v) from texts

-- collate C
select id from texts order by s collate "C" desc, id

-- unistr
select unistr('d\0061t\+000061')

-- bytea functions
select id, length(y), get_byte(y || '\x00', 0), substring(y from 1 for 2), y || '\xff', md5(y), encode(y, 'escape') from misc order by id

-- decode
select decode('YWJj', 'base64'), decode('6162', 'hex'), encode('\x616200', 'escape')

-- string literals of every form
select 'it''s', E'tab\tx', U&'d\0061t', $$dollar 'quoted'$$, 'two'
  ' parts', B'101', X'1F'

-- to_char of numerics in fixed form
select id, to_char(n52, 'FM990.00'), to_char(n52, '0.0'), to_char(n155, 'MI99999') from nums order by id

-- regexp_count, regexp_like, regexp_substr
select id, regexp_count(s, '[a-z]'), regexp_like(s, '^\d+$'), regexp_substr(s, '[a-z]+') from texts order by id
