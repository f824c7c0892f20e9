package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// concrete stands in for a polymorphic type.
func concrete(oid uint32) pgtypes.Type {
	t := pgbuiltin.TypeByOID(oid)
	switch {
	case t == nil || t.Kind != 'p':
		return pgtypes.Of(oid)
	case strings.HasSuffix(t.Name, "array"):
		if t.Name == "anynonarray" || t.Name == "anycompatiblenonarray" {
			return pgtypes.Of(pgtypes.OIDInt4)
		}
		return pgtypes.Of(pgtypes.OIDInt4Array)
	case strings.HasSuffix(t.Name, "range"), t.Name == "anyenum":
		return pgtypes.Of(oid)
	}
	return pgtypes.Of(pgtypes.OIDInt4)
}

// aggregates says whether an aggregate is computed, by making one.
func aggregates(p *pgbuiltin.Proc, a *pgbuiltin.Aggregate) bool {
	call := &translate.AggCall{Typed: translate.Typed{Typ: concrete(p.Result)}, Proc: p.OID, Name: p.Name, Star: len(p.Args) == 0}
	for _, oid := range p.Args {
		call.Args = append(call.Args, &translate.Const{Typed: translate.Typed{Typ: concrete(oid)}})
	}
	if a.SortOp != 0 && !eval.Supported(pgbuiltin.OperatorByOID(a.SortOp).Proc) {
		return false // min and max of types that are not ordered here
	}
	if a.Kind == 'h' {
		return false
	}
	_, err := eval.NewAggregate(call, &eval.Context{})
	return err == nil
}

func writeAggregates(page *bytes.Buffer) {
	can, lacks := map[string][]string{}, map[string][]string{}
	for _, p := range pgbuiltin.AllProcs() {
		a := pgbuiltin.AggregateByProc(p.OID)
		if a == nil || p.Namespace != pgbuiltin.NamespacePgCatalog {
			continue
		}
		arguments := "(" + typeNames(p.Args) + ")"
		if len(p.Args) == 0 {
			arguments = "(*)"
		}
		if aggregates(&p, a) {
			can[p.Name] = append(can[p.Name], arguments)
		} else {
			lacks[p.Name] = append(lacks[p.Name], arguments)
		}
	}
	page.WriteString("## Aggregates\n\nAll take `FILTER`, `DISTINCT` and `ORDER BY`, and all but the ordered-set ones are window functions too.\n\n")
	writeSignatures(page, can)
	fmt.Fprintf(page, "\nNot yet: %s.\n\n", missing(lacks, can))
}

func writeSignatures(page *bytes.Buffer, signatures map[string][]string) {
	names := make([]string, 0, len(signatures))
	for name := range signatures {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		slices.Sort(signatures[name])
		fmt.Fprintf(page, "- `%s` %s\n", name, code(signatures[name]))
	}
}
