package pgcatalog

import (
	"context"
	"slices"
	"strings"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// procByName is the input of regproc.
func procByName(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	text, _ := args[0].(string)
	if oid, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDOid), text, pgtypes.DefaultStyle()); err == nil {
		return oid, nil
	}
	if text == "-" {
		return int64(0), nil
	}
	procs := procsNamed(text)
	switch {
	case len(procs) == 0:
		return nil, pgerr.New(pgerr.UndefinedFunction, "function %q does not exist", text)
	case len(procs) > 1:
		return nil, pgerr.New(pgerr.AmbiguousFunction, "more than one function named %q", text)
	}
	return int64(procs[0].OID), nil
}

func procsNamed(text string) []*pgbuiltin.Proc {
	name := splitName(text)
	if len(name) > 1 && name[len(name)-2] != "pg_catalog" {
		return nil
	}
	return pgbuiltin.Procs(name[len(name)-1])
}

// procedureByName is the input of regprocedure: a name with the types of its arguments.
func procedureByName(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	text, _ := args[0].(string)
	if oid, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDOid), text, pgtypes.DefaultStyle()); err == nil {
		return oid, nil
	}
	if text == "-" {
		return int64(0), nil
	}
	name, list, ok := strings.Cut(text, "(")
	if !ok {
		return nil, pgerr.New(pgerr.InvalidTextRepresentation, "expected a left parenthesis")
	}
	list, ok = strings.CutSuffix(strings.TrimSpace(list), ")")
	if !ok {
		return nil, pgerr.New(pgerr.InvalidTextRepresentation, "expected a right parenthesis")
	}
	var types []uint32
	for _, argument := range strings.Split(list, ",") {
		if argument = strings.TrimSpace(argument); argument == "" && list == "" {
			break
		}
		t := typeNamed(argument)
		if t == nil {
			return nil, pgerr.New(pgerr.UndefinedObject, "type \"%s\" does not exist", argument)
		}
		types = append(types, t.OID)
	}
	for _, p := range procsNamed(name) {
		if slices.Equal(p.Args, types) {
			return int64(p.OID), nil
		}
	}
	return nil, pgerr.New(pgerr.UndefinedFunction, "function %q does not exist", text)
}

// toProc is to_regproc.
func toProc(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	return orNothing(procByName(ctx, env, args))
}

// toProcedure is to_regprocedure.
func toProcedure(ctx context.Context, env *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	return orNothing(procedureByName(ctx, env, args))
}

// orNothing is the answer of the to_reg* functions to a name that is not found: NULL.
func orNothing(oid pgtypes.Datum, err error) (pgtypes.Datum, error) {
	if err != nil {
		return nil, nil //nolint:nilerr // see above
	}
	return oid, nil
}

func procName(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	oid := number(args[0])
	if oid == 0 {
		return "-", nil
	}
	if p := procOf(args[0]); p != nil {
		if len(pgbuiltin.Procs(p.Name)) > 1 {
			return "pg_catalog." + quote(p.Name), nil // as Postgres says that the bare name means several
		}
		return quote(p.Name), nil
	}
	return pgtypes.NumericFromInt64(oid).String(), nil
}

// procedureName is the output of regprocedure.
func procedureName(_ context.Context, _ *catalog.VirtualEnv, args []pgtypes.Datum) (pgtypes.Datum, error) {
	p := procOf(args[0])
	switch {
	case number(args[0]) == 0:
		return "-", nil
	case p == nil:
		return pgtypes.NumericFromInt64(number(args[0])).String(), nil
	}
	types := make([]string, len(p.Args))
	for i, oid := range p.Args {
		types[i] = formatPlain(oid)
	}
	return quote(p.Name) + "(" + strings.Join(types, ",") + ")", nil
}
