package objectstore

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

func compressed(t *testing.T, suffix, text string) string {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch suffix {
	case ".gz":
		w = gzip.NewWriter(&out)
	case ".zst", ".zstd":
		w, _ = zstd.NewWriter(&out)
	default:
		w = snappy.NewBufferedWriter(&out)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCompressedTexts(t *testing.T) {
	csv, json := strings.Builder{}, strings.Builder{}
	csv.WriteString("i,s\n")
	for i := range 5000 {
		fmt.Fprintf(&csv, "%d,line %d\n", i, i)
		fmt.Fprintf(&json, "{\"i\":%d,\"s\":\"line %d\"}\n", i, i)
	}
	for _, c := range compressions {
		for _, text := range []struct{ name, content string }{{"t.csv", csv.String()}, {"t.jsonl", json.String()}, {"t.ndjson", json.String()}} {
			content := compressed(t, c.suffix, text.content)
			b := folder(t, map[string]string{text.name + c.suffix: content, "broken" + text.name[1:] + c.suffix: content[:len(content)/2]}, nil)
			f := fragment(t, b, "t")
			rows, metrics, err := lines(b, f)
			if err != nil || len(rows) != 5000 || rows[4999] != "4999|line 4999" || header(f) != "i int8, s text" || metrics.Bytes != int64(len(content)) {
				t.Errorf("%s%s: %d rows, %v, %s", text.name, c.suffix, len(rows), err, header(f))
			}
			f.Scan.Table.Name = "broken"
			if _, _, err = lines(b, f); err == nil || !strings.Contains(err.Error(), "is not whole "+c.name) {
				t.Errorf("half of %s%s: %v", text.name, c.suffix, err)
			}
		}
	}
}
