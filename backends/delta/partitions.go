package delta

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// partitionValue is a file's value of a column that the table is partitioned by.
func (s *snapshot) partitionValue(file *addFile, column int) (pgtypes.Datum, error) {
	f := &s.fields[column]
	text, ok := file.PartitionValues[f.physical(s.mapping() != "none")]
	if !ok {
		return nil, columnError(f.name, pgerr.New(pgerr.FdwError, "file %q of the Delta table has no value for this partition column", file.Path))
	}
	if text == nil || *text == "" {
		return nil, nil // the protocol's NULL, for text too
	}
	v, err := parsePartition(f, s.columns[column].Type, *text)
	if err != nil {
		return nil, columnError(f.name, pgerr.New(pgerr.FdwError, "partition value %q of file %q: %v", *text, file.Path, err))
	}
	return v, nil
}

// parsePartition reads a partition value's text.
func parsePartition(f *field, typ pgtypes.Type, text string) (pgtypes.Datum, error) {
	switch typ.OID {
	case pgtypes.OIDText:
		return text, nil
	case pgtypes.OIDBytea:
		return unescapeBinary(text), nil
	case pgtypes.OIDFloat4, pgtypes.OIDFloat8:
		// As Java writes them: 1.0E10, Infinity, NaN.
		return pgtypes.Parse(typ, strings.TrimSpace(text), pgtypes.DefaultStyle())
	case pgtypes.OIDTimestamp:
		if f.typ.name == "timestamp_ntz" {
			text = strings.TrimSuffix(text, "Z")
		}
	}
	return pgtypes.Parse(typ, text, pgtypes.DefaultStyle())
}

// unescapeBinary reads bytes written as characters, control ones as \u0001.
func unescapeBinary(text string) []byte {
	var out []byte
	for len(text) > 0 {
		if len(text) >= 6 && text[0] == '\\' && (text[1] == 'u' || text[1] == 'U') {
			if n, err := strconv.ParseUint(text[2:6], 16, 8); err == nil {
				out, text = append(out, byte(n)), text[6:]
				continue
			}
		}
		out, text = append(out, text[0]), text[1:]
	}
	return out
}

// formatPartition writes a partition value's text. What reads back as another value
// is refused.
func formatPartition(typ pgtypes.Type, v pgtypes.Datum) (*string, error) {
	if v == nil {
		return nil, nil
	}
	var text string
	switch typ.OID {
	case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDBpchar:
		text, _ = v.(string)
		text = strings.Clone(text) // of a batch's memory, which goes
		if text == "" {
			return nil, pgerr.Unsupported("an empty text can not be the value of a Delta table's partition column: it would read as NULL")
		}
	case pgtypes.OIDBool:
		text = strconv.FormatBool(v.(bool))
	case pgtypes.OIDBytea:
		return nil, pgerr.Unsupported("writing to Delta tables partitioned by a column of type bytea is not supported")
	case pgtypes.OIDTimestamptz:
		text = strings.TrimSuffix(pgtypes.Text(typ, v, pgtypes.DefaultStyle()), "+00")
		if strings.HasSuffix(text, "infinity") {
			return nil, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range for a Delta table: %s", text)
		}
	default:
		text = pgtypes.Text(typ, v, pgtypes.DefaultStyle())
		if strings.HasSuffix(text, "infinity") {
			return nil, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range for a Delta table: %s", text)
		}
	}
	return &text, nil
}

// partitionFolder is the folder of a partition's files, as Hive names it.
func partitionFolder(names []string, values []*string) string {
	var b strings.Builder
	for i, name := range names {
		b.WriteString(hiveEscape(name))
		b.WriteByte('=')
		if values[i] == nil {
			b.WriteString("__HIVE_DEFAULT_PARTITION__")
		} else {
			b.WriteString(hiveEscape(*values[i]))
		}
		b.WriteByte('/')
	}
	return b.String()
}

// hiveEscape keeps letters, digits and what is harmless everywhere; the rest is %XX.
func hiveEscape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
		}
	}
	return b.String()
}
