package translate

import "github.com/sqlgateway/gateway/internal/pgtypes"

// TableFunction is a function of the gateway's own that gives rows, such as
// gateway.describe. Its arguments are constants, so that a call is a relation like
// any other from the binder on.
type TableFunction struct {
	Params []FunctionParam
	// Table makes the relation of one call. args are parallel to Params and have their
	// types; nil for one that was left out, or is NULL.
	Table func(args []pgtypes.Datum) *Table
}

// FunctionParam is a parameter of a TableFunction.
type FunctionParam struct {
	Name     string
	Type     pgtypes.Type
	Optional bool
}
