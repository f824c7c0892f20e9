"""psycopg, SQLAlchemy and pandas: names and columns of tables, typed rows, parameters."""
import sys
from decimal import Decimal

import pandas
import psycopg
import sqlalchemy as sa

host, port = sys.argv[1], int(sys.argv[2])


def check(got, want):
    if got != want:
        raise SystemExit(f"got  {got!r}\nwant {want!r}")


with psycopg.connect(host=host, port=port, user="app", dbname="shop", sslmode="disable") as c:
    # The seventh run is prepared on the server, and binary.
    for i in range(7):
        row = c.execute("select id, credit, tags from customers where id = %s", (1,), binary=i > 4).fetchone()
        check(row, (1, Decimal("1.50"), ["a", "b"]))
    check(c.execute("""select c.name, k.pop, a.bal from customers c join my.city k on k.id = c.id join lite.acc a on a.customer_id = c.id
                       where c.id = %s""", (1,)).fetchone(), ("ann", 100, Decimal("5.50")))

    with c.cursor(name="portal") as named:
        named.itersize = 2
        check([r[0] for r in named.execute("select id from orders order by id")], [1, 2, 3, 4, 5])

engine = sa.create_engine(f"postgresql+psycopg://app@{host}:{port}/shop?sslmode=disable")
look = sa.inspect(engine)
check({"public", "my", "lite"} <= set(look.get_schema_names()), True)
check({"customers", "orders"} <= set(look.get_table_names()), True)
check(sorted(look.get_table_names(schema="my")), ["city", "street"])
check([(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns("customers")],
      [("id", "INTEGER", False), ("name", "VARCHAR(40)", False), ("credit", "NUMERIC(12, 2)", True), ("tags", "ARRAY", True)])
check(look.get_pk_constraint("customers")["constrained_columns"], ["id"])
check([(f["constrained_columns"], f["referred_table"], f["referred_columns"]) for f in look.get_foreign_keys("orders")],
      [(["customer_id"], "customers", ["id"])])
check([u["column_names"] for u in look.get_unique_constraints("customers")], [["name"]])
check([i["name"] for i in look.get_indexes("orders")], ["orders_placed_idx"])
check(look.get_table_comment("customers")["text"], "people who buy")
everything = sa.MetaData()
everything.reflect(engine)
check({"customers", "orders"} <= set(everything.tables), True)
frame = pandas.read_sql("select o.id, c.name from orders o join customers c on c.id = o.customer_id order by 1", engine)
check(frame["name"].tolist(), ["ann", "bob", "ann", "bob", "ann"])
