package pgcatalog

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

func procOf(d pgtypes.Datum) *pgbuiltin.Proc {
	return pgbuiltin.ProcByOID(uint32(number(d))) //nolint:gosec // an oid
}

// functionResult is pg_get_function_result(function): TABLE for columns that it
// returns by name, SETOF for several rows.
func functionResult(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	p := procOf(args[0])
	if p == nil || p.Kind == 'p' {
		return nil, nil
	}
	var columns []string
	for i, mode := range p.Modes {
		if mode == 't' {
			columns = append(columns, argument(p, i, p.AllArgs[i]))
		}
	}
	switch {
	case columns != nil:
		return "TABLE(" + strings.Join(columns, ", ") + ")", nil
	case p.ReturnSet:
		return "SETOF " + pgtypes.FormatType(pgtypes.Of(p.Result)), nil
	}
	return pgtypes.FormatType(pgtypes.Of(p.Result)), nil
}

// functionArguments is pg_get_function_arguments(function).
func functionArguments(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	return argumentList(procOf(args[0]), true), nil
}

// functionIdentity is pg_get_function_identity_arguments(function): as the
// arguments, without defaults and table columns.
func functionIdentity(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	return argumentList(procOf(args[0]), false), nil
}

func argumentList(p *pgbuiltin.Proc, defaults bool) pgtypes.Datum {
	if p == nil {
		return nil
	}
	types := p.AllArgs
	if types == nil {
		types = p.Args
	}
	var values []string
	if defaults && p.NDefaults > 0 {
		values = strings.Split(p.Defaults, ", ")
	}
	var list []string
	input := 0
	for i, oid := range types {
		mode := byte('i')
		if p.Modes != nil {
			mode = p.Modes[i]
		}
		if mode == 't' {
			continue
		}
		text := map[byte]string{'o': "OUT ", 'b': "INOUT ", 'v': "VARIADIC "}[mode] + argument(p, i, oid)
		if mode != 'o' {
			input++
			if at := input - 1 - (len(p.Args) - p.NDefaults); len(values) == p.NDefaults && at >= 0 && at < len(values) {
				text += " DEFAULT " + values[at]
			}
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

func argument(p *pgbuiltin.Proc, i int, oid uint32) string {
	text := pgtypes.FormatType(pgtypes.Of(oid))
	if i < len(p.Names) && p.Names[i] != "" {
		return quote(p.Names[i]) + " " + text
	}
	return text
}

// encodingNumber is pg_char_to_encoding(name): the gateway knows one.
func encodingNumber(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	name, _ := args[0].(string)
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name)) {
	case "utf8", "unicode":
		return int32(6), nil
	}
	return int32(-1), nil
}
