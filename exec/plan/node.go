// Package plan turns a bound statement into a plan: which parts each source
// answers, which order joins run in, what stays in the gateway and why.
//
// It is pure: it runs nothing and connects to nothing. Package operator runs its
// nodes.
package plan

import (
	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/translate"
)

// Node is a physical operator. Expressions in a node refer to the columns of its
// children by translate.ColumnID, to values of the surrounding plan by
// translate.ExecParam, and to the statement's parameters by translate.Param.
// Aggregates, window calls and sub-queries occur only where a node has a place for
// them.
type Node interface {
	// Columns are what the node puts out, in order.
	Columns() []translate.Column
	Children() []Node
	// Estimate is the expected number of rows, -1 if unknown.
	Estimate() float64
}

// Info is what every node has. Nodes embed it.
type Info struct {
	Cols []translate.Column
	Rows float64
	// Notes are for EXPLAIN: why this part is here and not at a source, and so on.
	Notes []Note
}

// Columns implements Node.
func (i *Info) Columns() []translate.Column { return i.Cols }

// Estimate implements Node.
func (i *Info) Estimate() float64 { return i.Rows }

// Note is a reason with its code: ("local", "textOrderCollation: ...").
type Note struct{ Code, Text string }

type (
	// Source reads a fragment from a server (or, with Server "", from a relation of the
	// gateway's own). Cols are parallel to Fragment.Output.
	Source struct {
		Info
		Server   string
		Kind     string // the server's kind, for EXPLAIN
		Handle   any    // translate.Table.Source of a table it reads: what the executor opens the backend by
		Fragment backends.Fragment
		// Params are values to put into Fragment.Query.Args (or predicates) at run time:
		// those with an Expr are computed (Params, ExecParams) before the read.
		Args []SourceArg
		// Filters are dynamic filters that a join above may add before the read starts.
		Filters []*DynamicFilter
		Tables  []string // what it reads, for EXPLAIN
		// Guarded says that the query fails on purpose where Postgres would raise an
		// error. If it fails before its first row, running Fallback's plan instead, in the same
		// scope, raises the exact one.
		Guarded  bool
		Fallback func() (*Plan, error)
		remote   translate.Rel
	}

	// Filter keeps rows for which all Conds are true.
	Filter struct {
		Info
		Input Node
		Conds []translate.Expr
	}

	// Project computes Items; exactly those come out.
	Project struct {
		Info
		Input Node
		Items []translate.ProjectItem
	}

	// ProjectSet is Project with set-returning functions.
	ProjectSet struct {
		Info
		Input Node
		Items []translate.ProjectItem
	}

	// HashJoin joins on equal keys. Left is the probe side, Right is built, unless
	// BuildLeft. For Semi
	// and Anti only Left's columns come out. With NullAware kinds there is one key or more and
	// NULL follows NOT IN. Residual is evaluated on candidate pairs; for outer joins it
	// is part of ON.
	HashJoin struct {
		Info
		Kind        translate.JoinKind
		Left, Right Node
		Keys        []JoinKey
		Residual    translate.Expr // nil for none
		// SingleRow, of a left join, says that a left row with a second match is an error
		// (21000): the right side is a scalar sub-query.
		SingleRow bool
		// BuildLeft, of a semi or anti join, says that Left is built and Right probes it:
		// Left's rows come out once Right has been read.
		BuildLeft bool
		// Dynamic, if set, is filled from the built side's keys before the other is opened.
		Dynamic []*DynamicFilter
	}

	// NestedLoop joins on any condition; Right is kept in memory (and spilled).
	NestedLoop struct {
		Info
		Kind        translate.JoinKind
		Left, Right Node
		On          translate.Expr // nil for none
	}

	// Apply runs Right once for each row of Left, with Left's columns in ExecParams:
	// LATERAL and correlated sub-queries that could not be decorrelated. Equal
	// parameter values may share a run.
	Apply struct {
		Info
		Kind        translate.JoinKind // InnerJoin, LeftJoin, SemiJoin, AntiJoin
		Left, Right Node
		On          translate.Expr // over both; nil for none
		Params      []ApplyParam
		// Scalar says that Right must give at most one row (21000 otherwise).
		Scalar bool
	}

	// Aggregate groups by Groups. Without Groups and Sets it gives exactly one row.
	Aggregate struct {
		Info
		Input      Node
		Groups     []translate.ColumnID
		Sets       [][]int
		GroupingID translate.ColumnID
		Aggs       []translate.AggItem // arguments are expressions over Input
	}

	// Dedup keeps one row for each value of On; with Ordered, the first.
	Dedup struct {
		Info
		Input   Node
		On      []translate.ColumnID
		Ordered bool
	}

	// Window computes window functions; Input need not be sorted.
	Window struct {
		Info
		Input     Node
		Partition []translate.ColumnID
		Order     []translate.SortKey
		Calls     []translate.WindowItem
	}

	// Sort orders all rows. With TopN a Limit above needs only Count+Offset of them,
	// which it evaluates before the first row (both nil: all).
	Sort struct {
		Info
		Input         Node
		Keys          []translate.SortKey
		Count, Offset translate.Expr // the bounds of a top-N
	}

	// Limit skips Offset rows and passes Count; nil expressions mean none. With Keys
	// (WITH TIES) rows equal to the last by Keys pass too.
	Limit struct {
		Info
		Input         Node
		Count, Offset translate.Expr
		WithTies      bool
		Keys          []translate.SortKey
	}

	// SetOp combines two inputs, matched by the positions of LeftCols and RightCols.
	SetOp struct {
		Info
		Kind                translate.SetOpKind
		All                 bool
		Left, Right         Node
		LeftCols, RightCols []translate.ColumnID
	}

	// Values gives rows of expressions.
	Values struct {
		Info
		RowExprs [][]translate.Expr
	}

	// FunctionScan calls set-returning functions, in lockstep if several.
	FunctionScan struct {
		Info
		Funcs      []translate.TableFunc
		Ordinality translate.ColumnID
	}

	// With runs Body; its CTEScans read the definitions, each of which runs at most
	// once, when first read.
	With struct {
		Info
		CTEs []*CTE
		Body Node
	}

	// CTEScan reads a CTE; Cols are parallel to the CTE's.
	CTEScan struct {
		Info
		CTE *CTE
	}

	// CTE is a common table expression that is materialised. A recursive one starts
	// with Base and repeats Step, which reads the rows of the round before by CTEScan.
	CTE struct {
		Name     string
		Plan     Node // not recursive
		PlanCols []translate.ColumnID
		Base     Node
		Step     Node
		BaseCols []translate.ColumnID
		StepCols []translate.ColumnID
		UnionAll bool
		Cols     []translate.Column
	}
)

// JoinKey is one equality of a HashJoin. Op is the pg_operator "=" of the types,
// which may differ (int4 = int8); a hash join is planned only where equal values
// of both types hash alike (vector's hash promises that within integers, within
// numerics, within floats, within text types, date/timestamp not).
type JoinKey struct {
	Left, Right translate.Expr
	Op          uint32
	// NullEqual makes NULLs match (IS NOT DISTINCT FROM).
	NullEqual bool
}

// ApplyParam fills an ExecParam slot from a column of the outer row.
type ApplyParam struct {
	Slot   int
	Column translate.ColumnID
}

// SourceArg is a run-time value of a fragment: argument Index of Fragment.Query.Args
// (or, for scans, value Value of predicate Index) is Expr's result.
type SourceArg struct {
	Index, Value int
	Expr         translate.Expr
}

// DynamicFilter carries the keys of a join's build side to the source on the other
// side. The join fills it; the Source, if it can, adds it to its fragment before
// the read starts.
type DynamicFilter struct {
	ID     int
	Column translate.ColumnID // of the Source's output
	// Key is the index of the HashJoin's key whose values on the built side are sent.
	Key int
	// Render builds the fragment with a list of key values, or with a range when there
	// are too many; nil for scans, which take a Predicate on Attr.
	Attr     int
	MaxKeys  int
	Rendered *RenderedFilter
}

// RenderedFilter makes SQL text that restricts a query fragment: Query with the
// conjunct inserted. Values are rendered by the dialect as literals.
type RenderedFilter struct {
	// Build renders the fragment with column IN (values). It is pure.
	Build func(values []any) (backends.QueryFragment, error)
}

// InitPlan is an uncorrelated sub-query of an expression: it runs before its
// user's first row, at most once, and fills Slot.
type InitPlan struct {
	Slot int
	Kind translate.SubqueryKind // Scalar, Exists, Array
	Plan Node
	Col  translate.ColumnID // the value, for Scalar and Array
	Type translate.Typed
}

// Plan is a planned query.
type Plan struct {
	Root   Node
	Output []translate.OutputColumn
	// Inits are filled in order; a later one may read an earlier one's slot.
	Inits []*InitPlan
	// Slots is the number of ExecParam slots.
	Slots int
	// Rewrites says what the planner changed, and why, in order.
	Rewrites []Note
}

// Children implements Node.
func (*Source) Children() []Node       { return nil }
func (*Values) Children() []Node       { return nil }
func (*FunctionScan) Children() []Node { return nil }
func (*CTEScan) Children() []Node      { return nil }
func (n *Filter) Children() []Node     { return []Node{n.Input} }
func (n *Project) Children() []Node    { return []Node{n.Input} }
func (n *ProjectSet) Children() []Node { return []Node{n.Input} }
func (n *HashJoin) Children() []Node   { return []Node{n.Left, n.Right} }
func (n *NestedLoop) Children() []Node { return []Node{n.Left, n.Right} }
func (n *Apply) Children() []Node      { return []Node{n.Left, n.Right} }
func (n *Aggregate) Children() []Node  { return []Node{n.Input} }
func (n *Dedup) Children() []Node      { return []Node{n.Input} }
func (n *Window) Children() []Node     { return []Node{n.Input} }
func (n *Sort) Children() []Node       { return []Node{n.Input} }
func (n *Limit) Children() []Node      { return []Node{n.Input} }
func (n *SetOp) Children() []Node      { return []Node{n.Left, n.Right} }
func (n *With) Children() []Node {
	var nodes []Node
	for _, c := range n.CTEs {
		for _, p := range []Node{c.Plan, c.Base, c.Step} {
			if p != nil {
				nodes = append(nodes, p)
			}
		}
	}
	return append(nodes, n.Body)
}
