"""Answers queries with DuckDB: a JSON request a line in, a JSON reply a line out.

The first line is {"folder", "tables", "threads"}; each later one is {"sql", "runs"}. A
reply carries the CPU seconds of this process for each run, and the rows as text.
"""
import json
import resource
import sys
import time

import duckdb


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    start = json.loads(sys.stdin.readline())
    connection = duckdb.connect()
    connection.execute(f"set threads = {int(start['threads'])}")
    for table in start["tables"]:
        connection.execute(f"create view {table} as select * from '{start['folder']}/{table}.parquet'")
    print(json.dumps({"version": duckdb.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        runs, walls, rows, error = [], [], [], ""
        try:
            for _ in range(request["runs"]):
                before, clock = cpu(), time.monotonic()
                rows = connection.execute(request["sql"]).fetchall()
                runs.append(cpu() - before)
                walls.append(time.monotonic() - clock)
        except Exception as fault:
            error = str(fault)
        text = [[None if value is None else str(value) for value in row] for row in rows]
        print(json.dumps({"cpu": runs, "wall": walls, "rows": text, "error": error}), flush=True)


main()
