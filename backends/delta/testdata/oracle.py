"""Reads and writes Delta tables with delta-rs, the independent implementation that the tests compare with.

    oracle.py dump ROOT OUT     every table below ROOT as OUT/<name>.parquet, or OUT/<name>.error
    oracle.py make ROOT         tables of every form that delta-rs writes
    oracle.py append TABLE      adds rows of the values that compare.go knows to a table
"""
import datetime
import decimal
import os
import sys

import pyarrow
import pyarrow.parquet
from deltalake import CommitProperties, DeltaTable, QueryBuilder, write_deltalake


def dump(root, out):
    os.makedirs(out, exist_ok=True)
    for name in sorted(os.listdir(root)):
        if not os.path.isdir(os.path.join(root, name, "_delta_log")):
            continue
        try:
            table = DeltaTable(os.path.join(root, name))
            rows = pyarrow.table(QueryBuilder().register("t", table).execute("select * from t"))
            pyarrow.parquet.write_table(rows, os.path.join(out, name + ".parquet"))
        except Exception as error:  # refused: the test says whether that is well
            with open(os.path.join(out, name + ".error"), "w") as f:
                f.write(str(error))


def typed(n=50):
    utc = datetime.timezone.utc
    some = lambda i, v: None if i % 7 == 3 else v
    columns = {
        "id": pyarrow.array(range(n), pyarrow.int64()),
        "small": pyarrow.array([some(i, i - 25) for i in range(n)], pyarrow.int16()),
        "tiny": pyarrow.array([some(i, i - 25) for i in range(n)], pyarrow.int8()),
        "int": pyarrow.array([some(i, i * 1000003) for i in range(n)], pyarrow.int32()),
        "real": pyarrow.array([some(i, i / 3) for i in range(n)], pyarrow.float32()),
        "double": pyarrow.array([some(i, -i / 7) for i in range(n)], pyarrow.float64()),
        "flag": pyarrow.array([some(i, i % 2 == 0) for i in range(n)], pyarrow.bool_()),
        "text": pyarrow.array([some(i, "täxt %d " % i * (i % 5)) for i in range(n)], pyarrow.string()),
        "bytes": pyarrow.array([some(i, bytes([i, 255 - i])) for i in range(n)], pyarrow.binary()),
        "date": pyarrow.array([some(i, datetime.date(1969, 12, 1) + datetime.timedelta(days=i)) for i in range(n)], pyarrow.date32()),
        "stamp": pyarrow.array([some(i, datetime.datetime(2024, 2, 28, 23, 59, 59, 999000 + i, utc) + datetime.timedelta(hours=i)) for i in range(n)], pyarrow.timestamp("us", "UTC")),
        "wall": pyarrow.array([some(i, datetime.datetime(1901, 1, 1, 0, 0, 0, i)) for i in range(n)], pyarrow.timestamp("us")),
        "money": pyarrow.array([some(i, decimal.Decimal(i * i + 7) / 100) for i in range(n)], pyarrow.decimal128(12, 2)),
        "wide": pyarrow.array([some(i, decimal.Decimal(10) ** 25 * i + decimal.Decimal("0.0000000001")) for i in range(n)], pyarrow.decimal128(38, 10)),
        "list": pyarrow.array([some(i, list(range(i % 4))) for i in range(n)], pyarrow.list_(pyarrow.int32())),
        "struct": pyarrow.array([some(i, {"a": i, "b": "x%d" % i}) for i in range(n)], pyarrow.struct([("a", pyarrow.int64()), ("b", pyarrow.string())])),
        "map": pyarrow.array([some(i, [("k%d" % i, i)]) for i in range(n)], pyarrow.map_(pyarrow.string(), pyarrow.int64())),
    }
    return pyarrow.table(columns)


def make(root):
    at = lambda name: os.path.join(root, name)
    table = typed()
    write_deltalake(at("types"), table)
    plain = table.drop_columns(["list", "struct", "map"])
    write_deltalake(at("partitioned"), plain, partition_by=["small", "flag"])
    for column in ["tiny", "int", "double", "text", "date", "stamp", "wall", "money"]:
        # Not bytes, whose escapes delta-rs does not read, nor the empty text, which is
        # NULL by the protocol and not to delta-rs.
        one = pyarrow.table({"id": table["id"], column: table[column]}).filter(pyarrow.array([i % 5 != 0 for i in range(table.num_rows)]))
        try:
            write_deltalake(at("by_" + column), one, partition_by=[column])
        except BaseException as error:
            print("by_" + column, error)
    odd = pyarrow.table({"id": [1, 2, 3, 4, 5], "p": ["a/b", "x=y z", "100%", "ü:?*", None]})
    write_deltalake(at("odd_partitions"), odd, partition_by=["p"])
    for i in range(25):
        write_deltalake(at("many_commits"), plain.slice(i, 2), mode="append")
    many = DeltaTable(at("many_commits"))
    many.create_checkpoint()
    write_deltalake(at("many_commits"), plain.slice(40, 5), mode="append")
    write_deltalake(at("changed"), plain)
    changed = DeltaTable(at("changed"))
    changed.delete("id % 3 = 0")
    changed.update(updates={"text": "'changed'"}, predicate="id % 5 = 1")
    changed.merge(plain.slice(0, 20), "s.id = t.id", source_alias="s", target_alias="t").when_not_matched_insert_all().execute()
    write_deltalake(at("changed"), plain.slice(0, 3), mode="append")
    DeltaTable(at("changed")).optimize.compact()
    write_deltalake(at("evolved"), pyarrow.table({"id": [1, 2]}))
    write_deltalake(at("evolved"), pyarrow.table({"id": [3], "later": ["x"]}), mode="append", schema_mode="merge")
    write_deltalake(at("overwritten"), plain)
    write_deltalake(at("overwritten"), plain.slice(5, 7), mode="overwrite")
    write_deltalake(at("empty"), plain.slice(0, 0))
    write_deltalake(at("constrained"), pyarrow.table({"id": [1, 2, 3]}))
    DeltaTable(at("constrained")).alter.add_constraint({"positive": "id > 0"})
    for name, features in {"vectors": {"delta.enableDeletionVectors": "true"}, "mapped": {"delta.columnMapping.mode": "name"}}.items():
        try:
            write_deltalake(at(name), plain, configuration=features)
            DeltaTable(at(name)).delete("id % 4 = 1")
            DeltaTable(at(name)).create_checkpoint()
        except BaseException as error:
            print(name, error)


def append(path):
    table = DeltaTable(path)
    schema = pyarrow.schema(table.schema())
    rows = pyarrow.table(QueryBuilder().register("t", table).execute("select * from t")).cast(schema)
    write_deltalake(path, rows.slice(0, 5), mode="append", commit_properties=CommitProperties(custom_metadata={"by": "oracle"}))


if __name__ == "__main__":
    {"dump": dump, "make": make, "append": append}[sys.argv[1]](*sys.argv[2:])
