package main

import (
	"fmt"
	"io"
	"net"
)

// describeDemo says what is served, where, and what to try.
func describeDemo(out io.Writer, address string) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = "127.0.0.1", "7432"
	}
	fmt.Fprintf(out, demoText, address, host, port)
}

const demoText = `gateway: ready on %s, database shop

  psql -h %s -p %s -U demo shop

  schema  table                            where it lives
  crm     customers, accounts              a SQLite file
  lake    orders (1,000,000 rows)          20 Parquet files
  lake    products                         a CSV file
  lake    clicks                           JSON lines

Three queries to try:

  select c.name, sum(o.amount)
  from crm.customers c join lake.orders o using (customer_id)
  group by 1 order by 2 desc fetch first 5 rows only;

  select p.category, date_trunc('month', o.ordered_at)::date as month, count(*), round(avg(o.amount), 2)
  from lake.orders o join lake.products p using (product_id)
  where o.ordered_at >= '2024-10-01' group by 1, 2 order by 1, 2;

  explain (analyze, verbose)
  select country, count(*) from crm.customers where since >= '2023-01-01' group by country order by 2 desc;

Ctrl-C ends it.
`
