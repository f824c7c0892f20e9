package delta

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// TestCheckpointForms puts the same state into every form that a checkpoint may have,
// and takes the commits before it away: the rows stay the same, to delta-rs too.
func TestCheckpointForms(t *testing.T) {
	root, expected := t.TempDir(), t.TempDir()
	columns := []backends.Column{{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "p", Type: pgtypes.Of(pgtypes.OIDText)}}
	var want []string
	for _, form := range []string{"classic", "parts", "v2_json", "v2_parquet", "compacted"} {
		b := checkedBackend(t, Config{URL: root, PartitionColumns: []string{"p"}, CheckpointInterval: 1000})
		makeDelta(t, b, form, columns)
		for i := range 6 {
			if err := appendRows(t, b, form, columns, i*3, i*3+3, writtenShort); err != nil {
				t.Fatal(err)
			}
		}
		at, err := b.placeOf(t.Context(), backends.TableName{Name: form})
		if err != nil {
			t.Fatal(err)
		}
		log := filepath.Join(root, form, logFolder)
		rewriteLog(t, b, at, log, form)
		fresh := checkedBackend(t, Config{URL: root})
		rows, err := tableRows(t.Context(), fresh, form)
		if err != nil || len(rows) != 18 {
			t.Errorf("%s: %d rows, %v", form, len(rows), err)
			continue
		}
		if want == nil {
			want = rows
		}
		if !slices.Equal(rows, want) {
			t.Errorf("%s: %v", form, rows)
		}
		if form != "compacted" && form != "parts" {
			if _, err := tableRows(t.Context(), fresh, form+"@v2"); pgerr.Code(err) != pgerr.InvalidParameterValue {
				t.Errorf("%s: a version whose commits are gone: %v", form, err)
			}
		}
	}
	oracle(t, "dump", root, expected)
	compareAll(t, root, expected, nil)
}

func writtenShort(row, column int) (string, bool) {
	return []string{fmt.Sprint(row), []string{"a", "b c"}[row%2]}[column], column == 0 || row%5 != 4
}

// rewriteLog writes version 5's checkpoint in a form.
func rewriteLog(t *testing.T, b *Backend, at *place, log, form string) {
	t.Helper()
	files, err := b.store.listLog(t.Context(), at.folder)
	if err != nil {
		t.Fatal(err)
	}
	segment, err := files.segment(5)
	if err != nil {
		t.Fatal(err)
	}
	state, err := b.replaySegment(t.Context(), segment, true)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, data []byte, err error) {
		t.Helper()
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(log, name)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(log, name), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	parquet := func(name string, actions []action) {
		t.Helper()
		data, err := checkpointFile(actions)
		put(name, data, err)
	}
	actions := state.checkpointActions(segment.last.ModTime)
	const id = "80a083e8-7026-4e79-81be-64bd76c43a11"
	switch form {
	case "classic":
		parquet(fmt.Sprintf("%020d.checkpoint.parquet", 5), actions)
	case "parts":
		for i, part := range [][]action{actions[:3], actions[3:5], actions[5:]} {
			parquet(fmt.Sprintf("%020d.checkpoint.%010d.%010d.parquet", 5, i+1, 3), part)
		}
		// Parts of another that is not whole must not be taken for one.
		parquet(fmt.Sprintf("%020d.checkpoint.%010d.%010d.parquet", 6, 1, 2), actions[:3])
	case "v2_json", "v2_parquet":
		asksV2(actions)
		parquet("_sidecars/one.parquet", actions[2:4])
		parquet("_sidecars/two.parquet", actions[4:])
		top := []action{{CheckpointMetadata: []byte(`{"version":5}`)}, actions[0], actions[1]}
		for _, name := range []string{"one.parquet", "two.parquet"} {
			info, err := os.Stat(filepath.Join(log, sidecarFolder, name))
			if err != nil {
				t.Fatal(err)
			}
			top = append(top, action{Sidecar: &sidecar{Path: name, Size: info.Size(), ModTime: info.ModTime().UnixMilli()}})
		}
		if form == "v2_parquet" {
			parquet(fmt.Sprintf("%020d.checkpoint.%s.parquet", 5, id), top)
		} else {
			data, err := formatActions(top)
			put(fmt.Sprintf("%020d.checkpoint.%s.json", 5, id), data, err)
		}
	case "compacted":
		data, err := formatActions(actions[2:])
		put(fmt.Sprintf("%020d.%020d.compacted.json", 1, 5), data, err)
		return // other readers may not know this form, and need the commits
	}
	if form == "parts" {
		return
	}
	for v := range 6 {
		if err := os.Remove(filepath.Join(log, fmt.Sprintf("%020d.json", v))); err != nil {
			t.Fatal(err)
		}
	}
}

// asksV2 makes the protocol one that has V2 checkpoints.
func asksV2(actions []action) {
	features := []string{"v2Checkpoint"}
	actions[0].Protocol = &protocol{MinReader: featureReader, MinWriter: featureWriter, ReaderFeatures: features, WriterFeatures: features}
}

// TestDamagedLogs are errors that name what is damaged.
func TestDamagedLogs(t *testing.T) {
	columns := []backends.Column{{Name: "id", Type: pgtypes.Of(pgtypes.OIDInt8)}, {Name: "p", Type: pgtypes.Of(pgtypes.OIDText)}}
	for _, c := range []struct {
		name   string
		damage func(log string) error
		want   string
	}{
		{"a gap", func(log string) error { return os.Remove(filepath.Join(log, fmt.Sprintf("%020d.json", 2))) }, "commit 2 is missing"},
		{"a bad line", func(log string) error {
			return os.WriteFile(filepath.Join(log, fmt.Sprintf("%020d.json", 2)), []byte("{}\n{\"add\":"), 0o644)
		}, "line 2 of \"t/_delta_log/00000000000000000002.json\""},
		{"no metadata", func(log string) error {
			return os.WriteFile(filepath.Join(log, fmt.Sprintf("%020d.json", 0)), []byte("{}"), 0o644)
		}, "no protocol or no metadata"},
		{"a truncated checkpoint", func(log string) error {
			return os.WriteFile(filepath.Join(log, fmt.Sprintf("%020d.checkpoint.parquet", 3)), []byte("PAR1abcdPAR1"), 0o644)
		}, "00000000000000000003.checkpoint.parquet"},
		{"a data file that is gone", func(log string) error {
			files, _ := filepath.Glob(filepath.Join(filepath.Dir(filepath.Clean(log)), "*.parquet"))
			return os.Remove(files[0])
		}, "is gone"},
		{"a truncated data file", func(log string) error {
			files, _ := filepath.Glob(filepath.Join(filepath.Dir(filepath.Clean(log)), "*.parquet"))
			return os.Truncate(files[0], 40)
		}, ".parquet\": "},
	} {
		root := t.TempDir()
		b := checkedBackend(t, Config{URL: root})
		makeDelta(t, b, "t", columns)
		for i := range 3 {
			if err := appendRows(t, b, "t", columns, i, i+1, writtenShort); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.damage(filepath.Join(root, "t", logFolder)); err != nil {
			t.Fatal(err)
		}
		_, err := tableRows(t.Context(), checkedBackend(t, Config{URL: root}), "t")
		if err == nil || !strings.Contains(err.Error(), c.want) || pgerr.Code(err) == pgerr.InternalError {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
