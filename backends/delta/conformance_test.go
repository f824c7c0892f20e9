package delta

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/internal/bucket"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// suiteTypes are the types that a table can hold, with edge values: Delta's own, and
// those that are kept as text.
func suiteTypes() []backendtest.TypeCase {
	values := func(texts ...string) (out []backendtest.Value) {
		for _, text := range texts {
			out = append(out, backendtest.As(text, text))
		}
		return append(out, backendtest.Null)
	}
	return []backendtest.TypeCase{
		backendtest.Column("boolean", pgtypes.Of(pgtypes.OIDBool), values("t", "f")...),
		backendtest.Column("smallint", pgtypes.Of(pgtypes.OIDInt2), values("-32768", "32767")...),
		backendtest.Column("integer", pgtypes.Of(pgtypes.OIDInt4), values("-2147483648", "2147483647")...),
		backendtest.Column("bigint", pgtypes.Of(pgtypes.OIDInt8), values("-9223372036854775808", "9223372036854775807")...),
		backendtest.Column("real", pgtypes.Of(pgtypes.OIDFloat4), values("1.5", "-3.4028235e+38")...),
		backendtest.Column("double precision", pgtypes.Of(pgtypes.OIDFloat8), values("0.1", "-1e-300", "NaN")...),
		backendtest.Column("numeric(12,2)", pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(12, 2)}, values("0.00", "-1234567890.12")...),
		backendtest.Column("numeric(38,10)", pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(38, 10)}, values("-1234567890123456789012345678.0123456789")...),
		backendtest.Column("text", pgtypes.Of(pgtypes.OIDText), values("", "a\"b,c\n\\N 'ü'", "NULL")...),
		backendtest.Column("bytea", pgtypes.Of(pgtypes.OIDBytea), values("\\x", "\\x00ff")...),
		backendtest.Column("date", pgtypes.Of(pgtypes.OIDDate), values("0001-01-01", "9999-12-31")...),
		backendtest.Column("timestamp", pgtypes.Of(pgtypes.OIDTimestamp), values("1969-12-31 23:59:59.999999", "2262-04-12 00:00:00")...),
		backendtest.Column("timestamptz", pgtypes.Of(pgtypes.OIDTimestamptz), values("2024-02-29 12:00:00.000001+00")...),
		backendtest.Column("uuid", pgtypes.Of(pgtypes.OIDUUID), values("01234567-89ab-cdef-0123-456789abcdef")...),
		backendtest.Column("jsonb", pgtypes.Of(pgtypes.OIDJSONB), values("{\"a\": [1, null]}")...),
		backendtest.Column("time", pgtypes.Of(pgtypes.OIDTime), values("00:00:00", "23:59:59.999999")...),
		backendtest.Column("interval", pgtypes.Of(pgtypes.OIDInterval), values("1 mon -2 days +00:00:03")...),
		backendtest.Column("varchar(5)", pgtypes.Type{OID: pgtypes.OIDVarchar, Typmod: 9}, values("abcde")...),
		backendtest.Column("numeric", pgtypes.Of(pgtypes.OIDNumeric), values("1.2300", "NaN")...),
	}
}

func TestConformance(t *testing.T) {
	t.Run("folder", func(t *testing.T) { backendtest.Run(t, harness()) })
	t.Setenv("GATEWAY_SUITE_KEY", "AKIASUITE")
	t.Run("s3", func(t *testing.T) { backendtest.Run(t, s3Harness()) })
}

// s3Secret may be in no print.
const s3Secret = "very-secret-key-of-the-suite"

// s3Location is a bucket of S3 in this process; requests counts.
func s3Location(t testing.TB, requests *atomic.Int64) *bucket.Location {
	memory := s3mem.New()
	if err := memory.CreateBucket("suite"); err != nil {
		t.Fatal(err)
	}
	handler := gofakes3.New(memory).Server()
	requests.Store(0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return &bucket.Location{S3: &bucket.S3{
		Bucket: "suite", Prefix: "lake", Endpoint: server.URL, Region: "eu-west-1",
		AccessKey: backends.NewSecret("${env:GATEWAY_SUITE_KEY}"), SecretKey: backends.NewSecret(s3Secret),
	}}
}

// s3Harness is the suite over a bucket of S3.
func s3Harness() backendtest.Harness {
	h := harness()
	var requests atomic.Int64
	folder := h.Config
	h.Config = func(t testing.TB) backends.Config {
		c := folder(t).(*Config)
		c.URL, c.Location = "", s3Location(t, &requests)
		return c
	}
	h.MayDefault, h.Secret = []string{"URL"}, s3Secret
	h.Untouched = func(t testing.TB, _ backends.Config) {
		if n := requests.Load(); n > 0 {
			t.Errorf("opening sent %d requests", n)
		}
	}
	return h
}

func harness() backendtest.Harness {
	return backendtest.Harness{
		Kinds: []backends.KindSpec{Spec()},
		Config: func(t testing.TB) backends.Config {
			version := int64(0)
			return &Config{
				URL: t.TempDir(), PartitionColumns: []string{"no_such"}, TargetFileSize: 1 << 20, Compression: "zstd", CheckpointInterval: 3,
				Tables: []TableOptions{{Path: "elsewhere", VersionAsOf: &version}},
			}
		},
		MayDefault: []string{"Location"},
		Untouched: func(t testing.TB, cfg backends.Config) {
			if entries, err := os.ReadDir(cfg.(*Config).URL); err != nil || len(entries) > 0 {
				t.Errorf("opening left %v, %v", entries, err)
			}
		},
		Types: suiteTypes(),
		Load: func(t testing.TB, b backends.Backend, name string, cases []backendtest.TypeCase) backends.TableName {
			var columns []backends.Column
			rows := 0
			for i, c := range cases {
				columns = append(columns, backends.Column{Name: "c" + strconv.Itoa(i), Type: c.Type})
				rows = max(rows, len(c.Values))
			}
			return makeTable(t, b, name, columns, rows, func(row, column int) (string, bool) {
				if row >= len(cases[column].Values) || cases[column].Values[row].Null {
					return "", false
				}
				return cases[column].Values[row].Literal, true
			})
		},
		Numbers: func(t testing.TB, b backends.Backend, n int) backends.Fragment {
			columns := []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "s", Type: pgtypes.Of(pgtypes.OIDText)}}
			name := makeTable(t, b, "numbers", columns, n, func(row, column int) (string, bool) {
				return strings.Repeat("row ", column) + strconv.Itoa(row+1), true
			})
			return backends.Fragment{Scan: &backends.ScanFragment{Table: name, Columns: []int{0, 1}, Limit: -1}, Output: columns}
		},
	}
}

// makeTable makes a table anew and writes rows of texts to it.
func makeTable(t testing.TB, b backends.Backend, name string, columns []backends.Column, rows int, value func(row, column int) (string, bool)) backends.TableName {
	t.Helper()
	ctx := context.Background()
	table := backends.Table{Name: backends.TableName{Schema: ".", Name: name}}
	for _, c := range columns {
		table.Columns = append(table.Columns, translate.TableColumn{Name: c.Name, Type: c.Type})
	}
	inTx(t, b, func(tx backends.Tx) error {
		err := tx.(backends.Definer).DropTable(ctx, table.Name)
		if err != nil {
			return nil // there was none
		}
		return nil
	})
	inTx(t, b, func(tx backends.Tx) error {
		if err := tx.(backends.Definer).CreateTable(ctx, table); err != nil {
			return err
		}
		batch := textBatch(t, columns, rows, value)
		defer batch.Release()
		return writeBatch(ctx, tx, table.Name, columns, backends.Append, batch)
	})
	return table.Name
}

func inTx(t testing.TB, b backends.Backend, run func(backends.Tx) error) {
	t.Helper()
	tx, err := b.(backends.Transactor).Begin(context.Background(), backends.TxOptions{})
	if err == nil {
		err = run(tx)
	}
	if err == nil {
		err = tx.Commit(context.Background())
	}
	_ = tx.Rollback(context.Background())
	if err != nil {
		t.Fatal(err)
	}
}

type writing interface {
	Write(ctx context.Context, target backends.WriteTarget, rows array.RecordReader, mode backends.WriteMode) (backends.WriteResult, error)
}

func writeBatch(ctx context.Context, to writing, name backends.TableName, columns []backends.Column, mode backends.WriteKind, batch arrow.RecordBatch) error {
	rows, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch})
	if err != nil {
		return err
	}
	defer rows.Release()
	_, err = to.Write(ctx, backends.WriteTarget{Table: name, Columns: columns}, rows, backends.WriteMode{Kind: mode})
	return err
}

// textBatch makes a batch of values in Postgres's text form.
func textBatch(t testing.TB, columns []backends.Column, rows int, value func(row, column int) (string, bool)) arrow.RecordBatch {
	t.Helper()
	builder := array.NewRecordBuilder(memory.NewGoAllocator(), backends.SchemaOf(columns))
	defer builder.Release()
	for row := range rows {
		for i, c := range columns {
			text, ok := value(row, i)
			if !ok {
				builder.Field(i).AppendNull()
				continue
			}
			v, err := pgtypes.Parse(c.Type, text, pgtypes.DefaultStyle())
			if err == nil {
				err = pgtypes.AppendToBuilder(builder.Field(i), c.Type, v)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return builder.NewRecordBatch()
}
