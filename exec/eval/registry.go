package eval

import (
	"strconv"
	"strings"
	"sync"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// sqlLanguage is pg_language's oid of functions written in SQL, whose prosrc says
// nothing: they are keyed by name and argument types.
const sqlLanguage = 14

// functions are the builtins by pg_proc.prosrc; those in SQL by "name(oid,oid)".
var functions = sync.OnceValue(func() map[string]builtin {
	all := map[string]builtin{}
	for _, family := range []map[string]builtin{
		integerFunctions, floatFunctions, numericFunctions, castFunctions, textFunctions, patternFunctions,
		datetimeFunctions, timestampFunctions, formatFunctions, intervalFunctions, arrayFunctions, jsonFunctions, systemFunctions, byteaFunctions, bitFunctions, overlapFunctions, positionFunctions,
	} {
		for source, b := range family {
			if _, twice := all[source]; twice {
				panic("two builtins for " + source)
			}
			all[source] = b
		}
	}
	return all
})

// comparisonOf are the functions behind the comparison operators.
var comparisonOf = sync.OnceValue(func() map[uint32]*pgbuiltin.Operator {
	m := map[uint32]*pgbuiltin.Operator{}
	all := pgbuiltin.AllOperators()
	for i := range all {
		if o := &all[i]; o.Result == pgtypes.OIDBool {
			if _, ok := comparisons[o.Name]; ok {
				m[o.Proc] = o
			}
		}
	}
	return m
})

// builtinOf finds what a pg_proc row computes for arguments of the given types.
func builtinOf(proc uint32, name string, args []pgtypes.Type) (builtin, error) {
	if o := comparisonOf()[proc]; o != nil && len(args) == 2 && comparable2(args) {
		return compareBuiltin(o.Name, args[0].OID, args[1].OID), nil
	}
	p := pgbuiltin.ProcByOID(proc)
	if p == nil {
		return builtin{}, pgerr.Unsupported("function %s is not one of PostgreSQL's own and is not supported here", name)
	}
	if b, ok := functions()[sourceKey(p)]; ok {
		return b, nil
	}
	if p.Kind != 'f' {
		return builtin{}, pgerr.Unsupported("function %s(%s) is not supported yet", p.Name, typeNames(p.Args))
	}
	return lookupBuiltin(p), nil
}

// Supported tells whether a pg_proc row can be computed here.
func Supported(proc uint32) bool {
	p := pgbuiltin.ProcByOID(proc)
	if p == nil {
		return false
	}
	if comparisonOf()[proc] != nil {
		types := make([]pgtypes.Type, len(p.Args))
		for i, oid := range p.Args {
			types[i] = pgtypes.Of(oid)
		}
		if comparable2(types) {
			return true
		}
	}
	_, ok := functions()[sourceKey(p)]
	return ok || setFunctions[sourceKey(p)] != nil
}

// comparable2 says whether the argument types are among those that vectors order;
// the geometric and network types are not.
func comparable2(args []pgtypes.Type) bool {
	for _, t := range args {
		switch t.OID {
		case pgtypes.OIDMoney, pgtypes.OIDMacaddr, pgtypes.OIDCIDR, pgtypes.OIDInet, pgtypes.OIDXML, pgtypes.OIDPgLSN, pgtypes.OIDTid:
			return false
		}
		if row := pgbuiltin.TypeByOID(t.OID); row != nil && (row.Category == 'G' || row.Kind == 'r' || row.Kind == 'm') {
			return false
		}
	}
	return true
}

func sourceKey(p *pgbuiltin.Proc) string {
	if p.Language != sqlLanguage {
		return p.Source
	}
	oids := make([]string, len(p.Args))
	for i, a := range p.Args {
		oids[i] = strconv.FormatUint(uint64(a), 10)
	}
	return p.Name + "(" + strings.Join(oids, ",") + ")"
}

func typeNames(oids []uint32) string {
	names := make([]string, len(oids))
	for i, oid := range oids {
		names[i] = pgtypes.FormatType(pgtypes.Of(oid))
	}
	return strings.Join(names, ", ")
}

// lookupBuiltin asks the catalog, which has functions of its own; what that does not
// know either is not supported.
func lookupBuiltin(p *pgbuiltin.Proc) builtin {
	key := sourceKey(p)
	ask := func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		if c.ctx.Lookup != nil {
			if d, ok, err := c.ctx.Lookup(key, args); ok || err != nil {
				return d, err
			}
		}
		return nil, pgerr.Unsupported("function %s(%s) is not supported yet", p.Name, typeNames(p.Args))
	}
	if p.Strict {
		return fn(ask)
	}
	return fnNulls(ask)
}
