package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	_ "modernc.org/sqlite" // writes the demo's SQLite file

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/objectstore"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// The sizes of the demo's tables.
const (
	demoCustomers  = 5000
	demoAccounts   = 8000
	demoProducts   = 200
	demoClicks     = 20000
	demoOrderFiles = 20
	demoFileOrders = 50000
)

// demoSeed makes the same shop every time.
const demoSeed = 20240131

var (
	demoFirst      = []string{"Ada", "Alan", "Barbara", "Claude", "Dorothy", "Edgar", "Frances", "Grace", "Hedy", "Ivan", "Jean", "Katherine", "Lynn", "Margaret", "Niklaus", "Radia", "Sofia", "Tim", "Vint", "Yukihiro"}
	demoLast       = []string{"Allen", "Backus", "Codd", "Dijkstra", "Engelbart", "Floyd", "Goldberg", "Hamilton", "Hopper", "Iverson", "Johnson", "Knuth", "Lamport", "Liskov", "Naur", "Perlman", "Ritchie", "Shannon", "Turing", "Wirth"}
	demoCountries  = []string{"Austria", "Brazil", "Canada", "Denmark", "Egypt", "France", "Germany", "India", "Japan", "Kenya", "Mexico", "Norway", "Peru", "Spain", "Turkey", "Vietnam"}
	demoCategories = []string{"books", "coffee", "garden", "games", "kitchen", "music", "outdoor", "tools"}
	demoPages      = []string{"/", "/search", "/cart", "/product", "/checkout", "/help"}
)

// writeDemo writes the shop into folder.
func writeDemo(ctx context.Context, folder string) error {
	lake := filepath.Join(folder, "lake")
	if err := os.MkdirAll(filepath.Join(lake, "orders"), 0o755); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(demoSeed, demoSeed)) //nolint:gosec // the same data every time
	if err := writeCRM(ctx, filepath.Join(folder, "crm.db"), random); err != nil {
		return err
	}
	if err := writeProducts(filepath.Join(lake, "products.csv"), random); err != nil {
		return err
	}
	if err := writeClicks(filepath.Join(lake, "clicks.jsonl"), random); err != nil {
		return err
	}
	for i := range demoOrderFiles {
		name := filepath.Join(lake, "orders", fmt.Sprintf("part-%02d.parquet", i))
		if err := writeOrders(ctx, name, i, random); err != nil {
			return err
		}
	}
	return nil
}

func writeCRM(ctx context.Context, path string, random *rand.Rand) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, table := range []string{
		`create table customers (customer_id integer not null primary key, name text not null, country text not null, since date not null)`,
		`create table accounts (account_id integer not null primary key, customer_id integer not null references customers, kind text not null, balance numeric(12,2) not null)`,
	} {
		if _, err := tx.ExecContext(ctx, table); err != nil {
			return err
		}
	}
	day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range demoCustomers {
		name := demoFirst[random.IntN(len(demoFirst))] + " " + demoLast[random.IntN(len(demoLast))]
		since := day.AddDate(0, 0, random.IntN(3650)).Format(time.DateOnly)
		country := demoCountries[random.IntN(len(demoCountries))]
		if _, err := tx.ExecContext(ctx, `insert into customers values (?, ?, ?, ?)`, i+1, name, country, since); err != nil {
			return err
		}
	}
	for i := range demoAccounts {
		kind := []string{"basic", "plus", "business"}[random.IntN(3)]
		balance := float64(random.IntN(1_000_000)) / 100
		if _, err := tx.ExecContext(ctx, `insert into accounts values (?, ?, ?, ?)`, i+1, 1+random.IntN(demoCustomers), kind, balance); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func writeProducts(path string, random *rand.Rand) error {
	text := []byte("product_id,name,category,price\n")
	for i := range demoProducts {
		category := demoCategories[random.IntN(len(demoCategories))]
		text = fmt.Appendf(text, "%d,%s no. %d,%s,%d.%02d\n", i+1, category, i+1, category, 1+random.IntN(200), random.IntN(100))
	}
	return os.WriteFile(path, text, 0o644)
}

func writeClicks(path string, random *rand.Rand) error {
	var text []byte
	at := time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC)
	for i := range demoClicks {
		at = at.Add(time.Duration(random.IntN(240)) * time.Second)
		page := demoPages[random.IntN(len(demoPages))]
		text = fmt.Appendf(text, `{"click_id":%d,"customer_id":%d,"page":%q,"at":%q,"seconds":%d.%d}`+"\n",
			i+1, 1+random.IntN(demoCustomers), page, at.Format("2006-01-02T15:04:05"), random.IntN(90), random.IntN(10))
	}
	return os.WriteFile(path, text, 0o644)
}

// demoOrders are the columns of lake.orders.
var demoOrders = []backends.Column{
	{Name: "order_id", Type: pgtypes.Of(pgtypes.OIDInt8)},
	{Name: "customer_id", Type: pgtypes.Of(pgtypes.OIDInt4)},
	{Name: "product_id", Type: pgtypes.Of(pgtypes.OIDInt4)},
	{Name: "amount", Type: pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(12, 2)}},
	{Name: "ordered_at", Type: pgtypes.Of(pgtypes.OIDTimestamp)},
}

// writeOrders writes one file of orders. Files follow each other in time, so that a
// condition on ordered_at skips most of them.
func writeOrders(ctx context.Context, path string, number int, random *rand.Rand) error {
	b := array.NewRecordBuilder(memory.DefaultAllocator, backends.SchemaOf(demoOrders))
	defer b.Release()
	begin := time.Date(2023, 5, 1, 0, 0, 0, 0, time.UTC).AddDate(0, number, 0)
	for i := range demoFileOrders {
		b.Field(0).(*array.Int64Builder).Append(int64(number*demoFileOrders + i + 1))
		b.Field(1).(*array.Int32Builder).Append(int32(1 + random.IntN(demoCustomers)))
		b.Field(2).(*array.Int32Builder).Append(int32(1 + random.IntN(demoProducts)))
		b.Field(3).(*array.Decimal128Builder).Append(decimal128.FromI64(int64(100 + random.IntN(50000))))
		at := begin.Add(time.Duration(random.IntN(30*24*3600)) * time.Second)
		b.Field(4).(*array.TimestampBuilder).Append(arrow.Timestamp(at.UnixMicro()))
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := objectstore.WriteFile(ctx, file, objectstore.Parquet, demoOrders, batch); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
