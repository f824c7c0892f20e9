package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/catalog/pgcatalog"
	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// writeTypes lists the types. A type whose input takes anything, though it is no
// text, is not known here: its values are carried as their texts.
func writeTypes(page *bytes.Buffer) {
	var can, carried []string
	for _, t := range pgbuiltin.Types() {
		if t.Namespace != pgbuiltin.NamespacePgCatalog || t.Kind != 'b' || t.IsTrueArray() || strings.HasPrefix(t.Name, "pg_") && t.Name != "pg_lsn" {
			continue
		}
		name := "`" + typeName(t.OID) + "`"
		_, err := pgtypes.Parse(pgtypes.Of(t.OID), "\x01?", pgtypes.DefaultStyle())
		if err == nil && t.Category != 'S' && t.OID != pgtypes.OIDBytea {
			carried = append(carried, name)
		} else {
			can = append(can, name)
		}
	}
	slices.Sort(can)
	slices.Sort(carried)
	fmt.Fprintf(page, "## Types\n\nRead, written and computed, with arrays of them: %s.\n\n", strings.Join(can, ", "))
	fmt.Fprintf(page, "Carried as text from a source to the client, with what little is listed below: %s.\n\n", strings.Join(carried, ", "))
}

// catalogFunctions are those that ask the catalog.
var catalogFunctions = pgcatalog.Functions()

// computed says whether a function runs here.
func computed(p *pgbuiltin.Proc) bool {
	if eval.Supported(p.OID) {
		return true
	}
	const sqlLanguage = 14
	key := p.Source
	if p.Language == sqlLanguage {
		oids := make([]string, len(p.Args))
		for i, a := range p.Args {
			oids[i] = strconv.FormatUint(uint64(a), 10)
		}
		key = p.Name + "(" + strings.Join(oids, ",") + ")"
	}
	return catalogFunctions[key] != nil
}

// called says whether people call a function by its name: not those behind types,
// operators, casts, aggregates and index methods, whose arguments or result are
// internal, and not those that only an operator calls.
func called(p *pgbuiltin.Proc, behind map[uint32]bool) bool {
	if p.Namespace != pgbuiltin.NamespacePgCatalog || p.Kind != 'f' || behind[p.OID] || strings.HasSuffix(p.Name, "send") {
		return false
	}
	for _, prefix := range []string{"binary_upgrade_", "hash", "bt", "gin_", "brin_", "spg_"} {
		if strings.HasPrefix(p.Name, prefix) && p.Name != "btrim" {
			return false
		}
	}
	for _, oid := range append(append([]uint32{}, p.Args...), p.Result) {
		switch t := pgbuiltin.TypeByOID(oid); {
		case t == nil:
			return false
		case t.Kind == 'p' && !strings.HasPrefix(t.Name, "any") && t.Name != "record" && t.Name != "void":
			return false
		}
	}
	return true
}

// behindOthers are the functions of operators, casts, aggregates and of types' own use.
func behindOthers() map[uint32]bool {
	behind := map[uint32]bool{}
	for _, o := range pgbuiltin.AllOperators() {
		if p := pgbuiltin.ProcByOID(o.Proc); p != nil && p.Name != "like" && p.Name != "notlike" {
			behind[o.Proc] = true
		}
	}
	eachCast(func(c *pgbuiltin.Cast) { behind[c.Func] = true })
	for _, p := range pgbuiltin.AllProcs() {
		if a := pgbuiltin.AggregateByProc(p.OID); a != nil {
			behind[a.TransFunc], behind[a.FinalFunc], behind[a.CombineFn] = true, true, true
		}
	}
	for _, t := range pgbuiltin.Types() {
		behind[t.Input], behind[t.Output], behind[t.TypmodIn], behind[t.TypmodOut] = true, true, true, true
	}
	return behind
}

// writeFunctions lists the functions by family, those computed and those not.
func writeFunctions(page *bytes.Buffer) {
	behind := behindOthers()
	can, lacks := map[string]map[string][]string{}, map[string]map[string][]string{}
	for _, p := range pgbuiltin.AllProcs() {
		if !called(&p, behind) {
			continue
		}
		family, into := familyOf(p.Name, p.Args, p.Result, p.ReturnSet), lacks
		if computed(&p) {
			into = can
		}
		if into[family] == nil {
			into[family] = map[string][]string{}
		}
		into[family][p.Name] = append(into[family][p.Name], "("+typeNames(p.Args)+")")
	}
	page.WriteString("## Functions\n\nBesides these, the forms that are syntax are computed: `CASE`, `COALESCE`, `NULLIF`, `GREATEST`, `LEAST`, `CURRENT_DATE` and its kin.\n\n")
	for _, family := range families {
		fmt.Fprintf(page, "### %s\n\n", family)
		for _, name := range slices.Sorted(maps.Keys(can[family])) {
			slices.Sort(can[family][name])
			fmt.Fprintf(page, "- `%s` %s\n", name, code(can[family][name]))
		}
		if len(can[family]) > 0 {
			page.WriteString("\n")
		}
		if len(lacks[family]) > 0 {
			page.WriteString("Not yet: " + missing(lacks[family], can[family]) + ".\n\n")
		}
	}
}

func code(signatures []string) string {
	return "`" + strings.Join(slices.Compact(signatures), "` `") + "`"
}

// missing names what is not computed; with its arguments where other forms are.
func missing(lacks, can map[string][]string) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(lacks)) {
		if can[name] == nil {
			names = append(names, "`"+name+"`")
			continue
		}
		slices.Sort(lacks[name])
		for _, signature := range slices.Compact(lacks[name]) {
			names = append(names, "`"+name+signature+"`")
		}
	}
	return strings.Join(names, ", ")
}

// writeOperators lists the operators by family.
func writeOperators(page *bytes.Buffer) {
	can, lacks := map[string][]string{}, map[string][]string{}
	for _, o := range pgbuiltin.AllOperators() {
		args := []uint32{o.Right}
		text := o.Name + " " + typeName(o.Right)
		if o.Left != 0 {
			args = []uint32{o.Left, o.Right}
			text = typeName(o.Left) + " " + text
		}
		family, into := familyOf("", args, o.Result, false), lacks
		if eval.Supported(o.Proc) {
			into = can
		}
		into[family] = append(into[family], "`` "+text+" ``")
	}
	page.WriteString("## Operators\n\n")
	for _, family := range families {
		if len(can[family])+len(lacks[family]) == 0 {
			continue
		}
		fmt.Fprintf(page, "### Operators: %s\n\n", family)
		slices.Sort(can[family])
		slices.Sort(lacks[family])
		if len(can[family]) > 0 {
			fmt.Fprintf(page, "%s.\n\n", strings.Join(can[family], ", "))
		}
		if len(lacks[family]) > 0 {
			fmt.Fprintf(page, "Not yet: %s.\n\n", strings.Join(lacks[family], ", "))
		}
	}
}

func eachCast(visit func(*pgbuiltin.Cast)) {
	types := pgbuiltin.Types()
	for i := range types {
		for j := range types {
			if c := pgbuiltin.CastBetween(types[i].OID, types[j].OID); c != nil {
				visit(c)
			}
		}
	}
}

// writeCasts lists the rows of pg_cast; those through text need no row.
func writeCasts(page *bytes.Buffer) {
	can, lacks := map[string][]string{}, []string{}
	eachCast(func(c *pgbuiltin.Cast) {
		from, to := typeName(c.Source), typeName(c.Target)
		if c.Method == 'f' && c.Source != c.Target && !computed(pgbuiltin.ProcByOID(c.Func)) {
			lacks = append(lacks, "`"+from+"` to `"+to+"`")
			return
		}
		can[from] = append(can[from], "`"+to+"`")
	})
	page.WriteString("## Casts\n\nFrom text to every type above and back, between arrays whose elements cast, and these:\n\n")
	for _, from := range slices.Sorted(maps.Keys(can)) {
		slices.Sort(can[from])
		fmt.Fprintf(page, "- `%s` to %s\n", from, strings.Join(can[from], ", "))
	}
	slices.Sort(lacks)
	fmt.Fprintf(page, "\nNot yet: %s.\n\n", strings.Join(lacks, ", "))
}
