create table wf(a int, b text, c numeric(8,2));
copy wf from stdin
1	one	1.5
2	\N	2.25
3	tab\there	\N;
copy wf(b, a) from stdin with (format csv, header)
b,a
"x, ""y""",4
,5
"",6;
copy wf from stdin
7	bad;
copy wf from stdin
x	bad	1;
copy wf from stdin
1	2	3	4;
copy wf from stdin with (format csv, null 'NIL', delimiter '|')
8|NIL|1
9|q|NIL;
copy wf (a, b, c) to stdout
;
copy (select a, b, c from wf order by a) to stdout
;
copy (select a, b, c from wf order by a) to stdout with (format csv, header)
;
copy (select a, b from wf order by a) to stdout csv quote '''' force quote *
;
select * from wf order by a;
copy wf from stdin with (format csv, null 'NIL', delimiter 'ab')
1;
copy nope from stdin
1;
copy wf(zz) from stdin
1;
drop table wf;
