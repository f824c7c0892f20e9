package answers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// readTPCH reads the rows that tpchgen-cli made: values that end in |. Its Parquet
// file is laid down as it is, where that kind is asked for.
func (t *Table) readTPCH(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, t.Name+".tbl"))
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		fields := strings.Split(strings.TrimSuffix(line, "|"), "|")
		if len(fields) != len(t.Columns) {
			return fmt.Errorf("%s: row %q has %d values for %d columns", t.Name, line, len(fields), len(t.Columns))
		}
		row := make([]*string, len(fields))
		for i := range fields {
			row[i] = &fields[i]
		}
		t.Rows = append(t.Rows, row)
	}
	t.Parquet = filepath.Join(folder, t.Name+".parquet")
	return nil
}
