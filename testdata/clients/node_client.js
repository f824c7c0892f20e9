// node pg: typed rows, parameters, an error that leaves the connection usable.
const assert = require("node:assert");
const { Client } = require("pg");

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
  await client.end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
