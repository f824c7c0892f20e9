package exec_test

import (
	"context"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// connectWrites is a session on a gateway with one schema of each kind.
func connectWrites(t *testing.T, schema string) (context.Context, *pgconn.PgConn) {
	t.Helper()
	server := os.Getenv("GATEWAY_TEST_POSTGRES")
	if server == "" {
		t.Skip("GATEWAY_TEST_POSTGRES is not set")
	}
	address := startGateway(t, server, "")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute) // the race detector makes SQLite very slow
	t.Cleanup(cancel)
	conn, err := pgconn.Connect(ctx, "postgres://u@"+address+"/db?sslmode=disable&search_path="+schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return ctx, conn
}

func wantAnswer(ctx context.Context, t *testing.T, conn *pgconn.PgConn, sql, want string) {
	t.Helper()
	if got := simpleAnswer(ctx, conn, sql); !strings.Contains(got, want) {
		t.Fatalf("%s\n   got: %s\n  want: %s", sql, got, want)
	}
}

// TestLargeInsertSelect moves a million rows from one source to another: memory does
// not grow with them, and a failure at the end leaves nothing.
func TestLargeInsertSelect(t *testing.T) {
	if testing.Short() {
		t.Skip("a million rows")
	}
	ctx, conn := connectWrites(t, "lite")
	wantAnswer(ctx, t, conn, "create table big(id bigint primary key, s varchar(20))", "[CREATE TABLE]")
	wantAnswer(ctx, t, conn, "create table pg.copy(id bigint, s varchar(20))", "[CREATE TABLE]")
	peak := watchHeap()
	wantAnswer(ctx, t, conn, "insert into big select g, 'row ' || g from generate_series(1, 1000000) g", "[INSERT 0 1000000]")
	wantAnswer(ctx, t, conn, "insert into pg.copy select id, s from big", "[INSERT 0 1000000]")
	if grown := peak(); grown > 200<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
	wantAnswer(ctx, t, conn, "insert into pg.copy select 1/(id - 999999), s from big", "ERROR 22012 division by zero")
	wantAnswer(ctx, t, conn, "insert into big select -1/(id - 999999) - 2000000 - id, s from pg.copy", "ERROR 22012 division by zero")
	wantAnswer(ctx, t, conn, "select (select count(*) from pg.copy), (select count(*) from big)", "(1000000,1000000)")
}

// watchHeap measures how far the heap grows until its result is called.
func watchHeap() (peak func() uint64) {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	base, most := stats.HeapAlloc, stats.HeapAlloc
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapAlloc)
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-done
		return most - base
	}
}

// TestPipelineIsOneTransaction sends several statements before one Sync.
func TestPipelineIsOneTransaction(t *testing.T) {
	for _, schema := range []string{"pg", "lite", "mem"} {
		t.Run(schema, func(t *testing.T) {
			ctx, conn := connectWrites(t, schema)
			wantAnswer(ctx, t, conn, "create table p(v int primary key)", "[CREATE TABLE]")
			batch := func(statements ...string) error {
				b := &pgconn.Batch{}
				for _, s := range statements {
					b.ExecParams(s, nil, nil, nil, nil)
				}
				_, err := conn.ExecBatch(ctx, b).ReadAll()
				return err
			}
			if err := batch("insert into p values (1)", "insert into p values (2)", "select * from p"); err != nil {
				t.Fatal(err)
			}
			if err := batch("insert into p values (3)", "insert into p values (1)", "insert into p values (4)"); err == nil {
				t.Fatal("a duplicate key is no error")
			}
			wantAnswer(ctx, t, conn, "select count(*), max(v) from p", "(2,2)")
		})
	}
}

// TestSecondWriterIsRefused holds a transaction to one server that it writes.
func TestSecondWriterIsRefused(t *testing.T) {
	ctx, conn := connectWrites(t, "pg")
	for _, table := range []string{"one", "lite.two", "mem.three"} {
		wantAnswer(ctx, t, conn, "create table "+table+"(v int)", "[CREATE TABLE]")
	}
	wantAnswer(ctx, t, conn, "begin; insert into one values (1)", "[INSERT 0 1]")
	wantAnswer(ctx, t, conn, "select count(*) from lite.two", "(0)")
	wantAnswer(ctx, t, conn, "insert into lite.two values (1)", `ERROR 0A000 this transaction has already written to server "pg" and can not write to server "lite" too`)
	wantAnswer(ctx, t, conn, "commit", "[ROLLBACK]")
	wantAnswer(ctx, t, conn, "select (select count(*) from one), (select count(*) from lite.two)", "(0,0)")
	wantAnswer(ctx, t, conn, "insert into one values (1); insert into mem.three values (1)", "ERROR 0A000")
	wantAnswer(ctx, t, conn, "begin; insert into mem.three select * from one; insert into mem.three values (5); commit", "[COMMIT]")
	wantAnswer(ctx, t, conn, "select sum(v) from mem.three", "(5)")
}
