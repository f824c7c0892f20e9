package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// describe fills in what is particular to each kind of node. Children were
// described before, so that the names of what they compute are known.
func (x *explainer) describe(n Node, s *section) {
	switch n := n.(type) {
	case *Source:
		x.source(n, s)
	case *Filter:
		s.named("Filter")
		s.add("Filter", x.conds(n.Conds))
	case *Project:
		s.named("Projection")
		x.nameItems(n.Items)
	case *ProjectSet:
		s.named("ProjectSet")
		x.nameItems(n.Items)
	case *HashJoin:
		x.hashJoin(n, s)
	case *NestedLoop:
		s.join("Nested Loop", n.Kind)
		if n.On != nil {
			s.add("Join Filter", x.text.text(n.On))
		}
	case *Apply:
		x.apply(n, s)
	case *Aggregate:
		x.aggregate(n, s)
	case *Window:
		s.named("WindowAgg")
		for _, c := range n.Calls {
			x.text.names[c.Col.ID] = x.text.text(c.Call)
		}
	case *Sort:
		s.named("Sort")
		s.add("Sort Key", x.keys(n.Keys))
		if n.Count != nil {
			s.add("Sort Method", "top-N")
		}
	default:
		x.describeRest(n, s)
	}
}

func (x *explainer) describeRest(n Node, s *section) {
	switch n := n.(type) {
	case *Limit:
		s.named("Limit")
	case *Dedup:
		s.named("Unique")
		s.add("Keys", x.columns(n.On))
	case *SetOp:
		x.setOp(n, s)
	case *Values:
		if len(n.RowExprs) == 1 {
			s.named("Result")
		} else if len(n.RowExprs) == 0 {
			s.named("Result")
			s.add("One-Time Filter", "false")
		} else {
			s.kind, s.title = "Values Scan", `Values Scan on "*VALUES*"`
		}
	case *FunctionScan:
		names := make([]string, len(n.Funcs))
		for i, f := range n.Funcs {
			names[i] = f.Call.Name
		}
		s.kind, s.title = "Function Scan", "Function Scan on "+strings.Join(names, ", ")
	case *With:
		s.named("With")
	case *CTEScan:
		s.kind, s.title = "CTE Scan", "CTE Scan on "+quoteName(n.CTE.Name)
	default:
		s.named(fmt.Sprintf("%T", n))
	}
}

func (s *section) named(kind string) { s.kind, s.title = kind, kind }

var joinWords = map[t.JoinKind]string{
	t.InnerJoin: "Inner", t.LeftJoin: "Left", t.RightJoin: "Right", t.FullJoin: "Full", t.SemiJoin: "Semi",
	t.AntiJoin: "Anti", t.AntiNullAwareJoin: "Anti (null-aware)",
}

// join titles a join as Postgres does: "Hash Join", "Hash Left Join", "Nested Loop
// Left Join".
func (s *section) join(kind string, k t.JoinKind) {
	s.kind = kind
	s.title = kind
	base := strings.TrimSuffix(kind, " Join")
	if k != t.InnerJoin {
		s.title = base + " " + joinWords[k] + " Join"
	}
	s.props = append(s.props, property{jsonOnly + "Join Type", joinWords[k]})
}

// jsonOnly marks properties that only the structured form shows.
const jsonOnly = "\x00"

func (x *explainer) conds(conds []t.Expr) string { return x.text.text(orTrue(all(conds))) }

func (x *explainer) keys(keys []t.SortKey) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		x.text.b.Reset()
		x.text.keys([]t.SortKey{k})
		out[i] = x.text.b.String()
	}
	return out
}

func (x *explainer) columns(ids []t.ColumnID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = x.text.names[id]
		if out[i] == "" {
			out[i] = "?"
		}
	}
	return out
}

// nameItems makes later mentions of a computed column show what it is.
func (x *explainer) nameItems(items []t.ProjectItem) {
	names := make([]string, len(items))
	for i, it := range items {
		names[i] = x.text.text(it.Expr)
	}
	for i, it := range items {
		if _, ok := it.Expr.(*t.Const); ok {
			names[i] = quoteName(it.Col.Name)
		}
		x.text.names[it.Col.ID] = names[i]
	}
}

func (x *explainer) hashJoin(n *HashJoin, s *section) {
	s.join("Hash Join", n.Kind)
	conds := make([]t.Expr, len(n.Keys))
	for i, k := range n.Keys {
		if k.NullEqual {
			conds[i] = &t.Distinct{Typed: boolType, Left: k.Left, Right: k.Right, Not: true}
		} else {
			conds[i] = &t.OpExpr{Typed: boolType, Op: k.Op, Name: "=", Args: []t.Expr{k.Left, k.Right}}
		}
	}
	s.add("Hash Cond", x.conds(conds))
	if n.Residual != nil {
		s.add("Join Filter", x.text.text(n.Residual))
	}
	if n.SingleRow {
		s.add("Single Row", true)
	}
	if n.BuildLeft {
		s.add("Build", "left")
	}
	for _, f := range n.Dynamic {
		s.add("Dynamic Filter", fmt.Sprintf("%d on %s", f.ID, x.text.text(n.probeKey(f.Key).Left)))
	}
}

func (x *explainer) apply(n *Apply, s *section) {
	s.join("Nested Loop", n.Kind)
	params := make([]string, len(n.Params))
	for i, p := range n.Params {
		params[i] = "$" + strconv.Itoa(p.Slot) + " = " + x.columns([]t.ColumnID{p.Column})[0]
	}
	if len(params) > 0 {
		s.add("Parameters", params)
	}
	if n.On != nil {
		s.add("Join Filter", x.text.text(n.On))
	}
}

func (x *explainer) aggregate(n *Aggregate, s *section) {
	switch {
	case n.Sets != nil:
		s.named("MixedAggregate")
	case len(n.Groups) > 0:
		s.named("HashAggregate")
	default:
		s.named("Aggregate")
	}
	if len(n.Groups) > 0 {
		s.add("Group Key", x.columns(n.Groups))
	}
	for _, a := range n.Aggs {
		x.text.names[a.Col.ID] = x.text.text(a.Call)
	}
}

func (x *explainer) setOp(n *SetOp, s *section) {
	word := map[t.SetOpKind]string{t.Union: "Union", t.Intersect: "Intersect", t.Except: "Except"}[n.Kind]
	switch {
	case n.Kind == t.Union && n.All:
		s.named("Append")
	case n.All:
		s.kind, s.title = "SetOp", "HashSetOp "+word+" All"
	default:
		s.kind, s.title = "SetOp", "HashSetOp "+word
	}
	for i, c := range n.Cols {
		if name, ok := x.text.names[n.LeftCols[i]]; ok {
			x.text.names[c.ID] = name
		}
	}
}

// source describes a read: what is sent, and what could not be.
func (x *explainer) source(n *Source, s *section) {
	s.cost = 100 + max(n.Rows, 1)*0.1
	x.nameColumns(n)
	s.kind = "Foreign Scan"
	if n.Server == "" {
		s.kind = "Virtual Scan"
	}
	s.title = s.kind
	if len(n.Tables) == 1 {
		s.title += " on " + n.Tables[0]
		if alias := n.alias(); alias != "" && !strings.HasSuffix(n.Tables[0], "."+alias) && alias != n.Tables[0] {
			s.title += " " + quoteName(alias)
		}
	} else if len(n.Tables) > 1 {
		s.add("Relations", n.Tables)
	}
	if n.Server != "" {
		server := n.Server
		if n.Kind != "" {
			server += " (" + n.Kind + ")"
		}
		s.add("Server", server)
	}
	if q := n.Fragment.Query; q != nil {
		s.add("Remote SQL", q.SQL)
		for _, a := range n.Args {
			s.add("Remote Argument", fmt.Sprintf("%d = %s", a.Index+1, x.text.text(a.Expr)))
		}
	}
	if f := n.Fragment.Scan; f != nil {
		x.scan(n, f, s)
	}
	for _, f := range n.Filters {
		s.add("Dynamic Filter", fmt.Sprintf("%d on %s", f.ID, x.columns([]t.ColumnID{f.Column})[0]))
	}
	s.notes(n)
	x.measuredSource(n, s)
	x.countMoved(n)
}

func (n *Source) alias() string {
	if scan, ok := n.remote.(*t.Scan); ok {
		return scan.Alias
	}
	return ""
}

// nameColumns qualifies the columns of the tables that a source reads, and names
// what it computes.
func (x *explainer) nameColumns(n *Source) {
	if n.remote == nil {
		return
	}
	x.nameRel(n.remote)
	for _, c := range n.Cols {
		if _, ok := x.text.names[c.ID]; !ok {
			x.text.names[c.ID] = quoteName(c.Name)
		}
	}
}

func (x *explainer) nameRel(r t.Rel) {
	for _, in := range r.Inputs() {
		x.nameRel(in)
	}
	switch r := r.(type) {
	case *t.Scan:
		alias := r.Alias
		if alias == "" {
			alias = r.Table.Name
		}
		for _, c := range r.Cols {
			name := quoteName(c.Name)
			if x.many {
				name = quoteName(alias) + "." + name
			}
			x.text.names[c.ID] = name
		}
	case *t.Project:
		x.nameItems(r.Items)
	case *t.Aggregate:
		for _, a := range r.Aggs {
			x.text.names[a.Col.ID] = x.text.text(a.Call)
		}
	}
}

func (x *explainer) scan(n *Source, f *backends.ScanFragment, s *section) {
	scan, _ := n.remote.(*t.Scan)
	for i, p := range f.Predicates {
		s.add("Scan Predicate", x.predicate(scan, n, i, p))
	}
	if f.Limit >= 0 {
		s.add("Scan Limit", strconv.FormatInt(f.Limit, 10))
	}
}

var predicateNames = []string{"=", "<>", "<", "<=", ">", ">=", "IN", "IS NULL", "IS NOT NULL"}

func (x *explainer) predicate(scan *t.Scan, n *Source, index int, p backends.Predicate) string {
	name, typ := "?", pgtypes.Of(pgtypes.OIDText)
	if scan != nil && p.Column < len(scan.Table.Columns) {
		name, typ = scan.Table.Columns[p.Column].Name, scan.Table.Columns[p.Column].Type
	}
	values := make([]string, len(p.Values))
	for i, v := range p.Values {
		if v != nil {
			values[i] = quoteText(pgtypes.Text(typ, v, pgtypes.DefaultStyle()))
		}
	}
	for _, a := range n.Args {
		if a.Index == index && a.Value < len(values) {
			values[a.Value] = x.text.text(a.Expr)
		}
	}
	text := quoteName(name) + " " + predicateNames[p.Op]
	switch {
	case p.Op == backends.In:
		text += " (" + strings.Join(values, ", ") + ")"
	case len(values) > 0:
		text += " " + values[0]
	}
	return text
}

func (x *explainer) measuredSource(n *Source, s *section) {
	a := x.actualOf(n)
	if a == nil || a.Loops == 0 {
		return
	}
	s.add("Moved", fmt.Sprintf("rows=%d bytes=%d", a.SourceRows, a.SourceBytes))
	if a.Files > 0 || a.FilesSkipped > 0 {
		s.add("Files", fmt.Sprintf("%d read, %d skipped", a.Files, a.FilesSkipped))
	}
	if a.RowGroups > 0 || a.RowGroupsSkipped > 0 {
		s.add("Row Groups", fmt.Sprintf("%d read, %d skipped", a.RowGroups, a.RowGroupsSkipped))
	}
	if a.BytesSkipped > 0 {
		s.add("Bytes", fmt.Sprintf("%d read, %d skipped", a.SourceBytes, a.BytesSkipped))
	}
	if a.Undecoded > 0 {
		s.add("Messages Not Decoded", a.Undecoded)
	}
}
