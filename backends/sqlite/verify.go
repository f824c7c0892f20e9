package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// A column is verified when every value is of the class, and for dates of the one
// canonical form, that its type asks for: only then may a comparison run inside
// SQLite, where 'abc' < 5 is an answer and not an error. A STRICT table proves the
// class by itself; other tables are scanned once for each version of the database.

// verification is what a scan found, and the version of the database it saw.
type verification struct {
	version  string
	verified []bool
	nulls    []float64
}

// maxVerifiedRows bounds the scan: about two seconds. The columns of larger tables
// stay unverified, and predicates on them run in the gateway.
const maxVerifiedRows = 5_000_000

func (b *Backend) verify(ctx context.Context, c *conn, t *backends.Table, strict bool) error {
	if t.Kind != translate.OrdinaryTable || t.Rows < 0 || t.Rows > maxVerifiedRows || len(t.Columns) == 0 {
		if strict {
			markStrict(t)
		}
		return nil
	}
	version, err := b.version()
	if err != nil {
		return err
	}
	b.mu.Lock()
	known, ok := b.verified[t.Name.Name]
	b.mu.Unlock()
	if !ok || known.version != version || len(known.verified) != len(t.Columns) {
		if known, err = scanClasses(ctx, c, t); err != nil {
			return err
		}
		known.version = version
		b.mu.Lock()
		b.verified[t.Name.Name] = known
		b.mu.Unlock()
	}
	for i := range t.Columns {
		t.Columns[i].Facts.Verified = known.verified[i]
		t.Columns[i].Facts.NullFraction = known.nulls[i]
	}
	return nil
}

// version changes with every commit to the database.
func (b *Backend) version() (version string, err error) {
	err = b.pool.anchored(func(c *conn) error {
		return c.each(context.Background(), "SELECT (SELECT data_version FROM pragma_data_version) || '/' || (SELECT schema_version FROM pragma_schema_version)", nil,
			func(s *stmt) error {
				version = s.stringAt(0)
				return nil
			})
	})
	return version, err
}

// markStrict trusts the classes that STRICT enforces.
func markStrict(t *backends.Table) {
	for i := range t.Columns {
		switch t.Columns[i].Type.OID {
		case pgtypes.OIDInt8, pgtypes.OIDFloat8, pgtypes.OIDText, pgtypes.OIDBytea:
			t.Columns[i].Facts.Verified = !strings.EqualFold(t.Columns[i].Facts.NativeType, "ANY")
		}
	}
}

func scanClasses(ctx context.Context, c *conn, t *backends.Table) (verification, error) {
	v := verification{verified: make([]bool, len(t.Columns)), nulls: make([]float64, len(t.Columns))}
	items := []string{"count(*)"}
	for i := range t.Columns {
		name := quote(t.Columns[i].Name)
		items = append(items, "count("+name+")", "coalesce(sum("+name+" IS NOT NULL AND NOT coalesce("+conforms(t.Columns[i].Type, name)+", 0)), 0)", oneWidth(t.Columns[i].Type, name))
	}
	err := c.each(ctx, "SELECT "+strings.Join(items, ", ")+" FROM "+quote(t.Name.Name), nil, func(s *stmt) error {
		rows := s.intAt(0)
		t.Rows = float64(rows)
		for i := range t.Columns {
			v.verified[i] = s.intAt(3*i+2) == 0 && s.intAt(3*i+3) != 0
			if rows > 0 {
				v.nulls[i] = 1 - float64(s.intAt(3*i+1))/float64(rows)
			}
		}
		return nil
	})
	return v, err
}

// conforms is a condition that a value of the type's canonical form satisfies.
func conforms(t pgtypes.Type, name string) string {
	switch t.OID {
	case pgtypes.OIDInt8:
		return "typeof(" + name + ") = 'integer'"
	case pgtypes.OIDBool:
		return "typeof(" + name + ") = 'integer' AND " + name + " IN (0, 1)"
	case pgtypes.OIDFloat8:
		return "typeof(" + name + ") = 'real'"
	case pgtypes.OIDNumeric:
		return numericConforms(t, name)
	case pgtypes.OIDText, pgtypes.OIDJSON:
		return "typeof(" + name + ") = 'text' AND instr(" + name + ", char(0)) = 0"
	case pgtypes.OIDVarchar:
		return fmt.Sprintf("typeof(%s) = 'text' AND instr(%s, char(0)) = 0 AND length(%s) <= %d", name, name, name, max(t.Typmod-4, 1))
	case pgtypes.OIDBytea:
		return "typeof(" + name + ") = 'blob'"
	case pgtypes.OIDDate:
		return "typeof(" + name + ") = 'text' AND " + name + " = date(" + name + ") AND " + name + " NOT LIKE '0000%'"
	case pgtypes.OIDTimestamp:
		return "typeof(" + name + ") = 'text' AND substr(" + name + ", 1, 19) = datetime(substr(" + name + ", 1, 19)) AND " + name +
			" NOT LIKE '0000%' AND (length(" + name + ") = 19 OR " + name + " GLOB '*.[0-9][0-9][0-9][0-9][0-9][0-9]' AND length(" + name + ") = 26)"
	default:
		return "0"
	}
}

// numericConforms asks for a number that is the decimal it was written as.
func numericConforms(t pgtypes.Type, name string) string {
	precision, scale, limited := pgtypes.NumericTypmod(t.Typmod)
	if !limited || precision > 15 {
		return "typeof(" + name + ") = 'integer'"
	}
	return fmt.Sprintf("typeof(%s) IN ('integer', 'real') AND %s = round(%s, %d)", name, name, name, scale)
}

// oneWidth asks that all texts of a type which sorts as text have one width.
func oneWidth(t pgtypes.Type, name string) string {
	if t.OID == pgtypes.OIDTimestamp {
		return "min(length(" + name + ")) IS max(length(" + name + "))"
	}
	return "1"
}
