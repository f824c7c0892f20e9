// node pg: typed rows, parameters, a cursor, an error that leaves the connection usable.
const assert = require("node:assert");
const { Client } = require("pg");
const Cursor = require("pg-cursor");

async function main() {
  const client = new Client({ host: process.argv[2], port: process.argv[3], user: "app", database: "shop" });
  await client.connect();
  const one = await client.query("select id, credit, tags from customers where id = $1", [1]);
  assert.deepStrictEqual(one.rows, [{ id: 1, credit: "1.50", tags: ["a", "b"] }]);
  await assert.rejects(client.query("select nothing from customers"), { code: "42703" });
  for (let i = 0; i < 3; i++) {
    const named = await client.query({ name: "n", text: "select count(*)::int as n from my.city where id <= $1", values: [i] });
    assert.strictEqual(named.rows[0].n, Math.min(i, 2));
  }
  const cursor = client.query(new Cursor("select id from orders order by id"));
  assert.deepStrictEqual((await cursor.read(2)).map((r) => r.id), [1, 2]);
  assert.deepStrictEqual((await cursor.read(10)).map((r) => r.id), [3, 4, 5]);
  await cursor.close();
  await client.end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
