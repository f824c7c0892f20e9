package delta

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestTypeWidening reads files of before and after the types of columns were widened,
// as the types that they have now.
func TestTypeWidening(t *testing.T) {
	root := t.TempDir()
	b := checkedBackend(t, Config{URL: root})
	columns := []backends.Column{
		{Name: "i", Type: pgtypes.Of(pgtypes.OIDInt4)},
		{Name: "s", Type: pgtypes.Of(pgtypes.OIDInt2)},
		{Name: "f", Type: pgtypes.Of(pgtypes.OIDFloat4)},
		{Name: "day", Type: pgtypes.Of(pgtypes.OIDDate)},
		{Name: "d", Type: pgtypes.Type{OID: pgtypes.OIDNumeric, Typmod: pgtypes.MakeNumericTypmod(5, 2)}},
		{Name: "n", Type: pgtypes.Of(pgtypes.OIDInt4)},
	}
	makeDelta(t, b, "t", columns)
	if err := appendRows(t, b, "t", columns, 0, 1, func(_, c int) (string, bool) {
		return []string{"2147483647", "-7", "0.1", "2024-02-29", "1.50", "5"}[c], true
	}); err != nil {
		t.Fatal(err)
	}
	changed := func(name, typ string) map[string]any {
		return map[string]any{"name": name, "type": typ, "nullable": true, "metadata": map[string]any{"delta.typeChanges": []any{map[string]any{"toType": typ}}}}
	}
	text, _ := json.Marshal(map[string]any{"type": "struct", "fields": []any{
		changed("i", "long"), changed("s", "integer"), changed("f", "double"), changed("day", "timestamp_ntz"), changed("d", "decimal(20,5)"), changed("n", "double"),
	}})
	features := []string{"typeWidening", "timestampNtz"}
	commit, err := formatActions([]action{
		{Protocol: &protocol{MinReader: featureReader, MinWriter: featureWriter, ReaderFeatures: features, WriterFeatures: features}},
		{Metadata: &metadata{ID: "x", Format: format{Provider: "parquet"}, Schema: string(text)}},
	})
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "t", logFolder, fmt.Sprintf("%020d.json", 2)), commit, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	conn := sqlConn(t, root, Config{})
	expect(t, conn, "insert into t values (9223372036854775807, 70000, 1e300, '2024-01-01 12:00:00.5', 123456789012345.12345, 0.5)", "")
	expect(t, conn, "select * from t order by i",
		"2147483647,-7,0.10000000149011612,2024-02-29 00:00:00,1.50000,5\n9223372036854775807,70000,1e+300,2024-01-01 12:00:00.5,123456789012345.12345,0.5")
	for _, where := range []string{
		"f = 0.10000000149011612::float8", "f > 0.1::float8 and f < 1", "day = '2024-02-29'", "d = 1.5", "i = 2147483647", "s < 0", "n = 5",
	} {
		expect(t, conn, "select count(*) from t where "+where, "1")
	}
}

// TestColumnMapping finds columns by field ids and by physical names, and gives nested
// values the names and the fields that the table has now.
func TestColumnMapping(t *testing.T) {
	group := func(name string, id int32, fields ...schema.Node) schema.Node {
		g, err := schema.NewGroupNode(name, parquet.Repetitions.Optional, fields, id)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, schema.FieldList{
		schema.NewInt64Node("col-1", parquet.Repetitions.Optional, 1),
		group("col-2", 2, schema.NewInt64Node("col-3", parquet.Repetitions.Optional, 3), schema.NewInt64Node("col-gone", parquet.Repetitions.Optional, 9)),
		schema.NewInt64Node("moved", parquet.Repetitions.Optional, 4),
	}, -1)
	if err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	w := file.NewParquetWriter(&data, root)
	s := newShredder(root)
	err = s.row(map[string]any{"col-1": json.Number("7"), "col-2": map[string]any{"col-3": json.Number("8"), "col-gone": json.Number("0")}, "moved": json.Number("9")})
	if rows, e := w.AppendRowGroupChecked(); err == nil && e == nil {
		err = s.write(rows)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[string]string{
		"id":   `7,{"inner": 8, "later": null},9,NULL`,
		"name": `7,{"inner": 8, "later": null},NULL,NULL`, // the physical name is another than the file's
	} {
		folder := t.TempDir()
		mapped := func(name, physical string, id int, typ any) map[string]any {
			return map[string]any{"name": name, "type": typ, "nullable": true, "metadata": map[string]any{metaPhysicalName: physical, metaFieldID: id}}
		}
		text, _ := json.Marshal(map[string]any{"type": "struct", "fields": []any{
			mapped("plain", "col-1", 1, "long"),
			mapped("nested", "col-2", 2, map[string]any{"type": "struct", "fields": []any{mapped("inner", "col-3", 3, "long"), mapped("later", "col-5", 5, "string")}}),
			mapped("named", "col-4", 4, "long"), mapped("missing", "col-6", 6, "date"),
		}})
		commit, err := formatActions([]action{
			{Protocol: &protocol{MinReader: 2, MinWriter: 5}},
			{Metadata: &metadata{ID: "x", Format: format{Provider: "parquet"}, Schema: string(text), Configuration: map[string]string{"delta.columnMapping.mode": mode}}},
			{Add: &addFile{Path: "f%20ile.parquet", Size: int64(data.Len()), PartitionValues: map[string]*string{}, Stats: `{"numRecords":1,"minValues":{"col-1":7},"maxValues":{"col-1":7}}`}},
		})
		if err == nil {
			err = os.MkdirAll(filepath.Join(folder, "t", logFolder), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, "t", "f ile.parquet"), data.Bytes(), 0o644)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, "t", logFolder, fmt.Sprintf("%020d.json", 0)), commit, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		conn := sqlConn(t, folder, Config{})
		expect(t, conn, "select * from t", want)
		expect(t, conn, "select count(*) from t where plain = 8", "0")
		expect(t, conn, "select nested->>'inner' from t where plain = 7", "8")
		if got := answer(t, conn, "insert into t (plain) values (1)"); !strings.Contains(got, "column mapping (delta.columnMapping.mode = "+mode+")") {
			t.Error(got)
		}
	}
}

// TestOneVersionAStatement joins a table with itself while another writes: both scans
// see the same version.
func TestOneVersionAStatement(t *testing.T) {
	root := t.TempDir()
	conn := sqlConn(t, root, Config{})
	columns := []backends.Column{{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)}}
	b := checkedBackend(t, Config{URL: root})
	makeDelta(t, b, "t", columns)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if err := appendRows(t, b, "t", columns, i, i+1, func(row, _ int) (string, bool) { return fmt.Sprint(row), true }); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for range 40 {
		if got := answer(t, conn, "select count(*) from t a full join t b using (id) where a.id is null or b.id is null"); got != "0" {
			t.Errorf("%s rows are in one scan alone", got)
			break
		}
	}
	close(stop)
	<-done
}
