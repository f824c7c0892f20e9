package mem

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Config is a set of tables, by default none.
type Config struct {
	Tables []TableConfig `json:"tables,omitempty"`
}

// TableConfig is one table with its rows.
type TableConfig struct {
	Schema  string         `json:"schema,omitempty"` // default "main"
	Name    string         `json:"name"`
	Columns []ColumnConfig `json:"columns"`
	// Key names the columns of the primary key.
	Key []string `json:"key,omitempty"`
	// Rows are lists of values in Postgres's text form; null is NULL.
	Rows [][]*string `json:"rows,omitempty"`
}

// ColumnConfig is one column. Type is Postgres's name of it: "bigint",
// "numeric(12,2)", "character varying(10)".
type ColumnConfig struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	NotNull bool   `json:"not_null,omitempty"`
}

// NewConfig has the defaults.
func NewConfig() *Config { return &Config{} }

// Kind implements backends.Config.
func (*Config) Kind() backends.Kind { return backends.KindMem }

// Validate implements backends.Config.
func (c *Config) Validate() []backends.Fault {
	var faults []backends.Fault
	for i, table := range c.Tables {
		path := "tables[" + strconv.Itoa(i) + "]"
		if table.Name == "" {
			faults = append(faults, backends.Fault{Path: path + ".name", Message: "is missing"})
		}
		if _, _, err := build(table); err != nil {
			faults = append(faults, backends.Fault{Path: path, Message: err.Error()})
		}
	}
	return faults
}

// Spec is the kind's line in a list of kinds.
func Spec() backends.KindSpec {
	return backends.KindSpec{
		Kind: backends.KindMem,
		New:  func() backends.Config { return NewConfig() },
		Open: func(cfg backends.Config, env backends.Env) (backends.Backend, error) {
			return Open(cfg.(*Config), env)
		},
	}
}

// typeNames are the types that a config may name.
var typeNames = func() map[string]uint32 {
	names := map[string]uint32{}
	for _, oid := range []uint32{
		pgtypes.OIDBool, pgtypes.OIDBytea, pgtypes.OIDInt2, pgtypes.OIDInt4, pgtypes.OIDInt8, pgtypes.OIDFloat4, pgtypes.OIDFloat8,
		pgtypes.OIDNumeric, pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDBpchar, pgtypes.OIDName, pgtypes.OIDDate, pgtypes.OIDTime,
		pgtypes.OIDTimetz, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz, pgtypes.OIDInterval, pgtypes.OIDUUID, pgtypes.OIDJSON,
		pgtypes.OIDJSONB, pgtypes.OIDOid, pgtypes.OIDInt4Array, pgtypes.OIDInt8Array, pgtypes.OIDTextArray,
	} {
		names[pgtypes.TypeName(oid)] = oid
	}
	return names
}()

func typeNamed(name string) (pgtypes.Type, error) {
	base, rest, _ := strings.Cut(name, "(")
	oid, ok := typeNames[strings.TrimSpace(base)]
	if !ok {
		return pgtypes.Type{}, fmt.Errorf("unknown type %q", name)
	}
	t := pgtypes.Of(oid)
	var args []int
	for _, arg := range strings.Split(strings.TrimSuffix(rest, ")"), ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(arg)); err == nil {
			args = append(args, n)
		}
	}
	switch {
	case len(args) == 0:
	case oid == pgtypes.OIDNumeric:
		t.Typmod = pgtypes.MakeNumericTypmod(args[0], append(args, 0)[1])
	case oid == pgtypes.OIDVarchar || oid == pgtypes.OIDBpchar:
		t.Typmod = int32(args[0]) + 4
	default:
		t.Typmod = int32(args[0])
	}
	return t, nil
}
