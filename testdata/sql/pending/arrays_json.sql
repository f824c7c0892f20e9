-- jsonpath
-- not yet: gives 0A000 function jsonb_path_query_first(jsonb, jsonpath, jsonb, boolean) is not supported yet
select jsonb_path_query_first('{"a": [1, 2, 3]}', '$.a[*] ? (@ > 1)')
