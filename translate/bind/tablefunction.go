package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// TableFunctions is an optional ability of a Catalog: functions of its own in FROM.
// It gives nil for a name that it does not have.
type TableFunctions interface {
	TableFunction(schema, name string) *translate.TableFunction
}

// tableFunction is a call of a TableFunction alone in its place in FROM; nil for
// anything else.
func (s *scope) tableFunction(n *translate.RangeFunction) (translate.Rel, *nsItem, error) {
	functions, ok := s.b.catalog.(TableFunctions)
	if !ok || len(n.Funcs) != 1 || n.Ordinality || hasColumnList(n) {
		return nil, nil, nil
	}
	call, ok := n.Funcs[0].Call.(*translate.FuncCall)
	if !ok || len(call.Name) != 2 {
		return nil, nil, nil
	}
	f := functions.TableFunction(call.Name[0], call.Name[1])
	if f == nil {
		return nil, nil, nil
	}
	// What is on the left may be named, to be told that it is no constant.
	saved := s.lateral
	s.lateral = true
	args, err := s.tableFunctionArgs(f, call)
	s.lateral = saved
	if err != nil {
		return nil, nil, err
	}
	rel, item, err := s.scan(f.Table(args), &translate.RangeVar{At: n.At, Name: call.Name[1], Alias: n.Alias})
	if err != nil {
		return nil, nil, err
	}
	return rel, item, nil
}

func (s *scope) tableFunctionArgs(f *translate.TableFunction, call *translate.FuncCall) ([]pgtypes.Datum, error) {
	args := make([]pgtypes.Datum, len(f.Params))
	given := make([]bool, len(f.Params))
	for i, arg := range call.Args {
		at := i
		if named, ok := arg.(*translate.NamedArg); ok {
			at, arg = paramNamed(f, named.Name), named.Arg
		}
		if at < 0 || at >= len(f.Params) || given[at] {
			return nil, s.noTableFunction(f, call)
		}
		value, err := s.constantArg(arg, f.Params[at], call)
		if err != nil {
			return nil, err
		}
		args[at], given[at] = value, true
	}
	for i, p := range f.Params {
		if !given[i] && !p.Optional {
			return nil, s.noTableFunction(f, call)
		}
	}
	return args, nil
}

func paramNamed(f *translate.TableFunction, name string) int {
	for i, p := range f.Params {
		if p.Name == name {
			return i
		}
	}
	return -1
}

// constantArg is an argument's value.
func (s *scope) constantArg(arg translate.Node, p translate.FunctionParam, call *translate.FuncCall) (pgtypes.Datum, error) {
	e, err := s.expr(arg)
	if err != nil {
		return nil, err
	}
	coerced, err := s.b.coerceTo(e, p.Type, assignment, arg.Position())
	if err != nil {
		return nil, err
	}
	if coerced == nil {
		return nil, s.b.errorAt(arg.Position(), pgerr.DatatypeMismatch, "argument %s of %s.%s must be type %s, not type %s",
			p.Name, call.Name[0], call.Name[1], pgtypes.FormatType(p.Type), pgtypes.FormatType(e.Type()))
	}
	c, ok := coerced.(*translate.Const)
	if !ok {
		return nil, s.b.errorAt(arg.Position(), pgerr.FeatureNotSupported, "an argument of %s.%s that is not a constant is not supported", call.Name[0], call.Name[1])
	}
	return c.Value, nil
}

// noTableFunction says how a function is called.
func (s *scope) noTableFunction(f *translate.TableFunction, call *translate.FuncCall) error {
	usage := call.Name[0] + "." + call.Name[1] + "("
	for i, p := range f.Params {
		if i > 0 {
			usage += ", "
		}
		usage += p.Name + " " + pgtypes.FormatType(p.Type)
		if p.Optional {
			usage += " DEFAULT NULL"
		}
	}
	return s.b.errorAt(call.Pos, pgerr.UndefinedFunction, "function %s.%s does not take these arguments", call.Name[0], call.Name[1]).
		WithHint("It is called as %s).", usage)
}
