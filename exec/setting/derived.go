package setting

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Style is what the settings say of text forms.
func (v *Values) Style() pgtypes.Style {
	if !v.styleValid {
		v.style = v.readStyle()
		v.styleValid = true
	}
	return v.style
}

func (v *Values) readStyle() pgtypes.Style {
	style := pgtypes.DefaultStyle()
	if zone, _, err := LoadZone(v.raw("timezone")); err == nil {
		style.Zone = zone
	}
	format, order, _ := strings.Cut(v.raw("datestyle"), ", ")
	switch format {
	case "Postgres":
		style.DateFormat = pgtypes.DatePostgres
	case "SQL":
		style.DateFormat = pgtypes.DateSQL
	case "German":
		style.DateFormat = pgtypes.DateGerman
	}
	switch order {
	case "DMY":
		style.DateOrder = pgtypes.DateDMY
	case "YMD":
		style.DateOrder = pgtypes.DateYMD
	}
	switch v.raw("intervalstyle") {
	case "postgres_verbose":
		style.IntervalFormat = pgtypes.IntervalPostgresVerbose
	case "sql_standard":
		style.IntervalFormat = pgtypes.IntervalSQLStandard
	case "iso_8601":
		style.IntervalFormat = pgtypes.IntervalISO8601
	}
	style.ExtraFloatDigits = v.Int("extra_float_digits")
	style.ByteaEscape = v.raw("bytea_output") == "escape"
	return style
}

// SearchPath lists the schemas of search_path; "$user" is kept as it is.
func (v *Values) SearchPath() []string {
	if !v.pathValid {
		v.searchPath = ParseNameList(v.raw("search_path"))
		v.pathValid = true
	}
	return v.searchPath
}

// ParseNameList reads a list of identifiers, quoted or folded to lower case.
func ParseNameList(text string) []string {
	var names []string
	for rest := strings.TrimSpace(text); rest != ""; {
		var name string
		if rest[0] == '"' {
			end := 1
			var b strings.Builder
			for end < len(rest) {
				if rest[end] == '"' {
					if end+1 < len(rest) && rest[end+1] == '"' {
						end++
					} else {
						break
					}
				}
				b.WriteByte(rest[end])
				end++
			}
			name, rest = b.String(), strings.TrimSpace(rest[min(end+1, len(rest)):])
			rest = strings.TrimPrefix(rest, ",")
		} else {
			name, rest, _ = strings.Cut(rest, ",")
			name = strings.ToLower(strings.TrimSpace(name))
		}
		if name != "" {
			names = append(names, name)
		}
		rest = strings.TrimSpace(rest)
	}
	return names
}

// Int is an integer setting in its own unit.
func (v *Values) Int(name string) int {
	n, _ := strconv.Atoi(v.raw(strings.ToLower(name)))
	return n
}

// Bool is a boolean setting.
func (v *Values) Bool(name string) bool { return v.raw(strings.ToLower(name)) == "on" }

// String is a setting's value, "" for an unknown one.
func (v *Values) String(name string) string { return v.raw(strings.ToLower(name)) }

// Milliseconds is a setting whose unit is ms.
func (v *Values) Milliseconds(name string) time.Duration {
	return time.Duration(v.Int(name)) * time.Millisecond
}

// Row is a setting as pg_settings shows it.
type Row struct {
	Name, Value, Unit, Category, ShortDesc, ExtraDesc, Context, Type, Source string
	Min, Max                                                                 string
	Enum                                                                     []string
	Boot, Reset                                                              string
}

// Rows lists all settings by name.
func (v *Values) Rows() []Row {
	keys := make([]string, 0, len(definitions)+len(v.current))
	for key := range definitions {
		keys = append(keys, key)
	}
	for key := range v.current {
		if definitions[key] == nil {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	rows := make([]Row, 0, len(keys))
	for _, key := range keys {
		rows = append(rows, v.row(key))
	}
	return rows
}

func (v *Values) row(key string) Row {
	value, _ := v.Get(key)
	d := definitions[key]
	if d == nil {
		return Row{Name: key, Value: value, Type: "string", Context: "user", Category: "Customized Options", Source: "session"}
	}
	row := Row{
		Name: d.name, Value: value, Unit: d.unit, Category: d.category, ShortDesc: d.short, ExtraDesc: d.extra, Context: d.context,
		Type: d.kind, Enum: d.enum, Boot: d.boot, Reset: d.boot, Source: "default",
	}
	if d.kind == "integer" || d.kind == "real" {
		row.Min, row.Max = strconv.FormatFloat(d.min, 'f', -1, 64), strconv.FormatFloat(d.max, 'f', -1, 64)
	}
	if reset, ok := v.reset[key]; ok {
		row.Reset = reset
		row.Source = v.source[key]
	}
	if _, ok := v.current[key]; ok {
		row.Source = "session"
	}
	return row
}

// RowByName is one setting as pg_settings and SHOW ALL have it.
func (v *Values) RowByName(name string) Row { return v.row(strings.ToLower(name)) }
