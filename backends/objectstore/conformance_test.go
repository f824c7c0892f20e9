package objectstore

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/backendtest"
	"github.com/sqlgateway/gateway/internal/bucket"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// suiteTypes are types that every format can hold, with edge values.
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
		backendtest.Column("time", pgtypes.Of(pgtypes.OIDTime), values("00:00:00", "23:59:59.999999")...),
		backendtest.Column("timestamp", pgtypes.Of(pgtypes.OIDTimestamp), values("1969-12-31 23:59:59.999999", "2262-04-12 00:00:00")...),
		backendtest.Column("timestamptz", pgtypes.Of(pgtypes.OIDTimestamptz), values("2024-02-29 12:00:00.000001+00")...),
		backendtest.Column("uuid", pgtypes.Of(pgtypes.OIDUUID), values("01234567-89ab-cdef-0123-456789abcdef")...),
		backendtest.Column("json", pgtypes.Of(pgtypes.OIDJSON), values("{\"a\": [1, null]}")...),
	}
}

func TestConformance(t *testing.T) {
	for _, format := range []Format{Parquet, CSV, JSONLines} {
		t.Run(string(format), func(t *testing.T) { backendtest.Run(t, harness(format)) })
	}
	t.Setenv("GATEWAY_SUITE_KEY", "AKIASUITE")
	t.Run("s3", func(t *testing.T) { backendtest.Run(t, s3Harness()) })
}

// s3Harness is the suite over a bucket of S3.
func s3Harness() backendtest.Harness {
	h := harness(Parquet)
	var requests atomic.Int64
	const secret = "very-secret-key-of-the-suite"
	h.Config = func(t testing.TB) backends.Config {
		c := suiteConfig(t, Parquet)
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
		c.URL, c.Location = "", &bucket.Location{S3: &bucket.S3{
			Bucket: "suite", Prefix: "lake", Endpoint: server.URL, Region: "eu-west-1",
			AccessKey: backends.NewSecret("${env:GATEWAY_SUITE_KEY}"), SecretKey: backends.NewSecret(secret),
		}}
		return c
	}
	h.MayDefault, h.Secret = []string{"URL"}, secret
	h.Untouched = func(t testing.TB, _ backends.Config) {
		if n := requests.Load(); n > 0 {
			t.Errorf("opening sent %d requests", n)
		}
	}
	return h
}

func harness(format Format) backendtest.Harness {
	return backendtest.Harness{
		Kinds:      []backends.KindSpec{Spec()},
		Config:     func(t testing.TB) backends.Config { return suiteConfig(t, format) },
		MayDefault: []string{"Location"},
		Untouched: func(t testing.TB, cfg backends.Config) {
			if entries, err := os.ReadDir(cfg.(*Config).URL); err != nil || len(entries) > 0 {
				t.Errorf("opening left %v, %v", entries, err)
			}
		},
		Types: suiteTypes(),
		Load: func(t testing.TB, b backends.Backend, name string, cases []backendtest.TypeCase) backends.TableName {
			var columns []backends.Column
			var rows [][]backendtest.Value
			for i, c := range cases {
				columns = append(columns, backends.Column{Name: "c" + strconv.Itoa(i), Type: c.Type})
				for r, v := range c.Values {
					for len(rows) <= r {
						rows = append(rows, nil)
					}
					for len(rows[r]) < i {
						rows[r] = append(rows[r], backendtest.Null)
					}
					rows[r] = append(rows[r], v)
				}
			}
			return suiteFile(t, b, format, name, columns, len(rows), func(row, column int) (string, bool) {
				if column >= len(rows[row]) || rows[row][column].Null {
					return "", false
				}
				return rows[row][column].Literal, true
			})
		},
		Numbers: func(t testing.TB, b backends.Backend, n int) backends.Fragment {
			columns := []backends.Column{{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "s", Type: pgtypes.Of(pgtypes.OIDText)}}
			name := suiteFile(t, b, format, "numbers", columns, n, func(row, column int) (string, bool) {
				return strings.Repeat("row ", column) + strconv.Itoa(row+1), true
			})
			return backends.Fragment{Scan: &backends.ScanFragment{Table: name, Columns: []int{0, 1}, Limit: -1}, Output: columns}
		},
	}
}

// suiteConfig declares the suite's tables, which text files can not say by themselves.
func suiteConfig(t testing.TB, format Format) *Config {
	header := true
	c := &Config{URL: t.TempDir(), Write: WriteOptions{ParquetCompression: "zstd"}}
	c.FormatOptions = FormatOptions{Format: format, CSV: CSVOptions{HasHeader: &header}}
	var columns []ColumnOptions
	for i, tc := range suiteTypes() {
		columns = append(columns, ColumnOptions{Name: "c" + strconv.Itoa(i), Type: tc.Declared})
	}
	for _, name := range []string{"suite_types", "suite_from", "suite_into"} {
		if format != Parquet {
			c.Tables = append(c.Tables, TableOptions{Path: name, FormatOptions: c.FormatOptions, Columns: columns})
		}
	}
	c.Tables = append(c.Tables, TableOptions{
		Path: "numbers", FormatOptions: c.FormatOptions,
		Columns: []ColumnOptions{{Name: "i", Type: "bigint"}, {Name: "s", Type: "text"}},
	})
	return c
}

// suiteFile writes a table's file into the backend's folder.
func suiteFile(t testing.TB, b backends.Backend, format Format, name string, columns []backends.Column, rows int, value func(row, column int) (string, bool)) backends.TableName {
	t.Helper()
	builder := array.NewRecordBuilder(memory.NewGoAllocator(), backends.SchemaOf(columns))
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
	batch := builder.NewRecordBatch()
	defer batch.Release()
	var out bytes.Buffer
	if err := WriteFile(context.Background(), &out, format, columns, batch); err != nil {
		t.Fatal(err)
	}
	sink, err := b.(*Backend).store.NewWriter(context.Background(), name+"/"+newFileName(format))
	if err == nil {
		_, err = sink.Write(out.Bytes())
		err = errors.Join(err, sink.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return backends.TableName{Schema: ".", Name: name}
}
