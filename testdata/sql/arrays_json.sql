-- array constructors
select array[1, 2, 3], array['a', null], array[[1, 2], [3, 4]], array[]::int[], array[1, 2.5]

-- subscripts and slices
select (array[10, 20, 30])[2], (array[10, 20, 30])[2:3], (array[10, 20, 30])[5], (array[[1, 2], [3, 4]])[2][1], (array[1,2,3])[:2]

-- columns of arrays
select id, ia, ta, ia[1], ta[2] from misc order by id

-- lengths
select id, array_length(ia, 1), cardinality(ta), array_ndims(ia), array_upper(ia, 1), array_lower(ta, 1), array_dims(ia) from misc order by id

-- concatenation
select id, ia || 9, 0 || ia, ia || ia, array_append(ta, 'z'), array_prepend('a', ta), array_cat(ia, array[1]) from misc order by id

-- search
select id, array_position(ta, 'b'), array_positions(ia, 3), 3 = any (ia), 3 <> all (ia) from misc order by id

-- change
select id, array_remove(ia, 3), array_replace(ta, 'a', 'A'), array_to_string(ta, ',', 'null'), trim_array(ia, 0) from misc order by id

-- containment
select id, ia @> array[1], ia <@ array[1, 2, 3, 7], ia && array[2, 7] from misc order by id

-- comparison
select a.id, b.id from misc a join misc b on a.ia < b.ia order by 1, 2

-- order of arrays
select id, ia from misc order by ia, id

-- unnest
select id, x from misc, unnest(ia) x order by 1, 2

-- unnest in the select list
select id, unnest(ia) as x from misc where id in (2, 3) order by 1, 2

-- unnest with ordinality
select id, x, n from misc, unnest(ta) with ordinality u (x, n) order by id, n

-- group by arrays
select ia, count(*) from misc group by ia order by 1

-- array_agg and unnest
select array_agg(x order by x) from unnest(array[3, 1, 2]) x

-- array_fill and generate_subscripts
select array_fill(7, array[3]), array(select generate_subscripts(array[5, 6, 7], 1))

-- subscript type errors
select (array[1, 2])['x']

-- arrays of different types
select array[1, 'a']

-- arrays that are not rectangular
select array[[1, 2], [3]]

-- malformed array
select '{1,2'::int[]

-- json members
select id, jb -> 'a', jb ->> 'a', jb -> 'b' -> 2 ->> 'c', jb #> '{b,0}', jb #>> '{tags,1}' from misc order by id

-- json members of text json
select id, j -> 'a', j ->> 'n', j -> 0, j ->> 1 from misc where id in (1, 2, 3, 5) order by id

-- jsonb values
select id, jb, jsonb_typeof(jb), jb::text from misc order by id

-- json keeps its text
select id, j, json_typeof(j) from misc order by id

-- jsonb containment and keys
select id, jb @> '{"a": 1}', jb ? 'a', jb ?| array['n', 'b'], jb ?& array['a', 'b'] from misc order by id

-- jsonb comparison
select id from misc where jb = '{"a": 3, "b": 2}' order by id

-- jsonb order
select id, jb from misc order by jb, id

-- jsonb changes
select id, jb || '{"z": 1}', jb - 'a', jsonb_set(jb, '{a}', '9') from misc where jsonb_typeof(jb) = 'object' order by id

-- jsonb_array_elements
select id, e from misc, jsonb_array_elements(jb) e where jsonb_typeof(jb) = 'array' order by 1, 2

-- jsonb_each
select id, key, value from misc, jsonb_each(jb) where id in (2, 5, 8) order by 1, 2

-- jsonb_object_keys
select id, k from misc, jsonb_object_keys(jb) k where id in (2, 5, 8) order by 1, 2

-- json_build
select json_build_object('a', 1, 'b', null, 'c', array[1, 2]), jsonb_build_array(1, 'x', null, true), to_jsonb('x'::text), to_json(1.50)

-- row_to_json
select row_to_json(m) from mixed m order by id

-- jsonb_array_length and paths
select id, jsonb_array_length(jb) from misc where jsonb_typeof(jb) = 'array' order by id

-- jsonb_pretty and strip
select jsonb_strip_nulls('{"a": null, "b": {"c": null}}'), jsonb_extract_path_text('{"a": {"b": "x"}}', 'a', 'b')

-- json of a scalar as an array
select jsonb_array_length('1')

-- generate_series
select g, g * g from generate_series(1, 5) g order by g

-- generate_series with a step
select * from generate_series(10, 1, -3) order by 1

-- generate_series of bigints and numerics
select g from generate_series(1::bigint, 3) g union all select h::bigint from generate_series(1.5, 3.5, 1.0) h order by 1

-- generate_series with a step of zero
select * from generate_series(1, 2, 0)

-- set functions in the select list
select generate_series(1, 3), generate_series(1, 2)

-- string_to_table
select * from string_to_table('a,b,,c', ',') order by 1

-- regexp_split_to_table
select w from regexp_split_to_table('the quick brown', '\s') w order by 1

-- regexp_matches
select regexp_matches('foobarbequebaz', 'ba.', 'g')

-- uuid functions
select length(gen_random_uuid()::text), u from misc where id = 3

-- json of whole rows has the names of the columns
select json_agg(m order by m.id), jsonb_agg(m order by m.id desc) from (select id, b as flag from mixed where id < 4) m

-- json of rows in rows and arrays
select row_to_json(x), json_build_object('row', x, 'list', array[x]), to_jsonb(x) from (select i.id, m from ints i join (select id, b from mixed) m on m.id = i.id where i.id < 3) x order by x.id

-- json of rows over a window
select id, json_agg(m) over (order by id rows 1 preceding) from (select id, b from mixed) m order by id

-- VARIADIC of any
select concat(variadic array[name, 'x']), format('%s-%s', variadic array[name, 'y']) from customers order by customer_id


