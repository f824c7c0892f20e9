package translate

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// aggCall renders an aggregate.
func (w *writer) aggCall(n *AggCall) string {
	if w.d.Native {
		return w.nativeAggregate(n)
	}
	if len(n.OrderBy) > 0 || n.Direct > 0 {
		return w.refuse("orderedAggregate", Signature(n))
	}
	rule := w.aggregateRule(n)
	if rule == nil {
		return ""
	}
	args := w.aggregateArguments(rule, n)
	w.use(rule)
	if n.Filter != nil && !w.d.FilterClause {
		args[0] = "CASE WHEN " + unwrap(w.below(n.Filter)) + " THEN " + args[0] + " END"
	} else if n.Star && n.Filter == nil {
		args[0] = "*"
	}
	if n.Distinct {
		args[0] = "DISTINCT " + args[0] + w.distinctArgument(n, rule)
	}
	sql := w.fill(rule.Template, args)
	if w.d.FilterClause {
		sql += w.filterClause(n.Filter)
	}
	return sql
}

// aggregateArguments renders the arguments; count only looks whether one is NULL.
func (w *writer) aggregateArguments(rule *Rule, n *AggCall) []string {
	if n.Star {
		return []string{"1"}
	}
	if n.Name == "count" && !n.Distinct && len(n.Args) == 1 {
		if ref, ok := n.Args[0].(*ColRef); ok {
			return []string{w.bare(ref)}
		}
	}
	return w.operands(rule, n.Args)
}

// aggregateRule finds the rule, whose template has the argument as {0}.
func (w *writer) aggregateRule(n *AggCall) *Rule {
	reason := "noRule"
	for _, rule := range w.d.byProc[n.Proc] {
		if !w.trusted(rule) {
			reason = "unproven"
			continue
		}
		if reason = w.unmet(rule, n.Args); reason == "" {
			return rule
		}
	}
	w.refuse(reason, Signature(n))
	return nil
}

// distinctArgument asks that equality of the argument's type be the source's, and
// gives the collation that makes it so where the rule does not.
func (w *writer) distinctArgument(n *AggCall, rule *Rule) string {
	if len(n.Args) != 1 {
		return w.refuse("noRule", Signature(n))
	}
	t := n.Args[0].Type()
	if w.plainRule(equality(t), "=") == nil {
		return w.refuse("noRule", "equality of "+typeLabel(t.OID))
	}
	if collatable(t) && !rule.Collated && w.d.TextCollation != "" && w.needsCollation(n.Args) {
		return " COLLATE " + w.d.TextCollation
	}
	return ""
}

func (w *writer) nativeAggregate(n *AggCall) string {
	p := pgbuiltin.ProcByOID(n.Proc)
	if p == nil || p.Namespace != pgbuiltin.NamespacePgCatalog {
		return w.refuse("noRule", n.Name)
	}
	if !w.immutable(n, procVolatility(n.Proc)) {
		return ""
	}
	if a := pgbuiltin.AggregateByProc(n.Proc); a != nil && a.Kind != 'n' {
		return w.orderedSet(n) + w.filterClause(n.Filter)
	}
	args := w.list(n.Args)
	if !w.Whole && (p.Name == "min" || p.Name == "max") && len(n.Args) == 1 && collatable(n.Args[0].Type()) {
		w.codePoints(n.Args, args)
	}
	order := ""
	if keys := w.keyTexts(n.OrderBy, nil); len(keys) > 0 {
		order = " ORDER BY " + strings.Join(keys, ", ")
	}
	if n.Star {
		args = []string{"*"}
	}
	if p.Variadic != 0 && p.Variadic != pgtypes.OIDAny && len(args) == len(p.Args) {
		args[len(args)-1] = "VARIADIC " + args[len(args)-1]
	}
	return n.Name + "(" + distinctWord(n.Distinct) + strings.Join(args, ", ") + order + ")" + w.filterClause(n.Filter)
}

// orderedSet renders an aggregate whose last arguments are what WITHIN GROUP orders.
// Its constants are keys too: here they name no columns of the result.
func (w *writer) orderedSet(n *AggCall) string {
	var keys []string
	for _, k := range n.OrderBy {
		keys = append(keys, w.ordered(w.sortKey(k), k, false)...)
	}
	direct := w.list(n.Args[:min(n.Direct, len(n.Args))])
	return n.Name + "(" + strings.Join(direct, ", ") + ") WITHIN GROUP (ORDER BY " + strings.Join(keys, ", ") + ")"
}

func (w *writer) filterClause(filter Expr) string {
	if filter == nil {
		return ""
	}
	return " FILTER (WHERE " + unwrap(w.below(filter)) + ")"
}

func distinctWord(distinct bool) string {
	if distinct {
		return "DISTINCT "
	}
	return ""
}

// sortKeys renders ORDER BY. Keys that are constants order nothing, and would be
// taken for a column's position, or refused.
func (w *writer) sortKeys(keys []SortKey, input Rel) []string {
	var notNull ColumnSet
	for _, c := range input.Columns() {
		if c.NotNull {
			notNull.Add(c.ID)
		}
	}
	return w.keyTexts(keys, &notNull)
}

func (w *writer) keyTexts(keys []SortKey, notNull *ColumnSet) []string {
	var texts []string
	for _, k := range keys {
		if IsConstant(k.Expr) {
			continue
		}
		sql := w.sortKey(k)
		if bareConstant(sql) {
			continue
		}
		ref, plain := k.Expr.(*ColRef)
		never := plain && notNull != nil && notNull.Has(ref.ID)
		texts = append(texts, w.ordered(sql, k, never)...)
	}
	return texts
}

// bareConstant says that a text is a constant: one of an expression that came to
// one, under the name of a column.
func bareConstant(sql string) bool {
	switch strings.ToLower(sql) {
	case "", "true", "false", "null":
		return true
	}
	return strings.ContainsRune("0123456789'-", rune(sql[0])) || strings.HasPrefix(sql, "NULL::")
}

// sortKey renders one key by the rule of its ordering operator.
func (w *writer) sortKey(k SortKey) string {
	less, _, greater := pgbuiltin.SortOperators(k.Expr.Type().OID)
	if k.Op != 0 && k.Op != less && k.Op != greater {
		return w.refuse("sortOperator", "")
	}
	sql := w.below(k.Expr)
	if w.d.Native {
		if !w.Whole && collatable(k.Expr.Type()) && w.needsCollation([]Expr{k.Expr}) {
			sql += " COLLATE " + w.d.TextCollation
		}
		return sql
	}
	rules := w.d.byOp[less]
	if len(rules) == 0 || rules[0].Mode != Exact || !w.trusted(rules[0]) {
		return w.refuse("noRule", "order of "+typeLabel(k.Expr.Type().OID))
	}
	if rules[0].Collated && w.d.TextCollation != "" && w.needsCollation([]Expr{k.Expr}) {
		sql += " COLLATE " + w.d.TextCollation
	}
	return sql
}

// ordered adds the direction, and the place of NULLs where the source's own differs.
func (w *writer) ordered(sql string, k SortKey, notNull bool) []string {
	word := ""
	if k.Descending {
		word = " DESC"
	}
	standard := k.Descending != w.d.NullsSmallest // where the source puts NULLs by itself: first?
	if notNull || k.NullsFirst == standard {
		return []string{sql + word}
	}
	if w.d.NullsClause {
		if k.NullsFirst {
			return []string{sql + word + " NULLS FIRST"}
		}
		return []string{sql + word + " NULLS LAST"}
	}
	if k.NullsFirst {
		return []string{sql + " IS NOT NULL", sql + word}
	}
	return []string{sql + " IS NULL", sql + word}
}

// subquery renders a sub-query of an expression. Its text may read the columns of
// the blocks around it.
func (w *writer) subquery(n *Subquery) string {
	if w.mode == Superset && !w.positive {
		w.refuse("supersetBelow", "sub-query")
	}
	switch n.Kind {
	case ExistsSubquery:
		return "EXISTS (" + w.selectText(w.inner(n.Rel), nil, false) + ")"
	case ScalarSubquery:
		if !w.d.ScalarQueryChecked && !atMostOneRow(n.Rel) {
			return w.refuse("scalarSubquery", "")
		}
		w.guarded = w.guarded || !w.d.Native && !atMostOneRow(n.Rel)
		return "(" + w.innerQuery(n) + ")"
	case ArraySubquery:
		if !w.d.Native {
			return w.refuse("noRule", "ARRAY sub-query")
		}
		return "ARRAY(" + w.innerQuery(n) + ")"
	}
	return w.quantified(n)
}

func (w *writer) inner(rel Rel) *block {
	outer := w.outer
	w.outer = w.aliases
	defer func() { w.outer = outer }()
	b := w.block(rel)
	if b.distinct {
		b = w.wrap(b, rel.Columns())
	}
	w.consumed("sub-query")
	return b
}

func (w *writer) innerQuery(n *Subquery) string {
	before := w.aliases
	b := w.inner(n.Rel)
	if !w.d.Native && b.limited() && n.Kind != ScalarSubquery {
		outer := w.outer
		w.outer = before
		b = w.wrap(b, n.Rel.Columns()) // MySQL takes no LIMIT directly inside IN
		w.outer = outer
	}
	columns := make([]Column, len(n.Columns))
	for i, id := range n.Columns {
		columns[i] = columnByID(n.Rel, id)
	}
	return w.selectText(b, columns, false)
}

func (w *writer) quantified(n *Subquery) string {
	in := n.Kind == AnySubquery && n.Name == "="
	out := n.Kind == AllSubquery && n.Name == "<>"
	left := w.list(n.Left)
	query := w.innerQuery(n)
	if !w.d.Native {
		if !in && !out || len(n.Left) != 1 {
			return w.refuse("noRule", n.Name+" with a sub-query")
		}
		rule := w.plainRule(n.Ops[0], n.Name)
		if rule == nil {
			return w.refuse("noRule", operatorSignature(n.Ops[0], n.Name))
		}
		if rule.Collated && w.d.TextCollation != "" {
			left[0] += " COLLATE " + w.d.TextCollation
		}
	}
	side := left[0]
	if len(left) > 1 {
		side = "(" + strings.Join(left, ", ") + ")"
	}
	switch {
	case in:
		return "(" + side + " IN (" + query + "))"
	case out:
		return "(" + side + " NOT IN (" + query + "))"
	case n.Kind == AllSubquery:
		return "(" + side + " " + n.Name + " ALL (" + query + "))"
	}
	return "(" + side + " " + n.Name + " ANY (" + query + "))"
}

// atMostOneRow says that rel can not give two rows.
func atMostOneRow(rel Rel) bool {
	switch r := rel.(type) {
	case *Aggregate:
		return len(r.Groups) == 0 && r.Sets == nil
	case *Limit:
		if r.Count != nil && !r.WithTies {
			if v, ok := IntegerValue(r.Count); ok && v <= 1 {
				return true
			}
		}
		return atMostOneRow(r.Input)
	case *Values:
		return len(r.Rows) <= 1
	case *Project, *Filter, *Sort, *Dedup:
		return atMostOneRow(rel.Inputs()[0])
	}
	return false
}

// window renders window functions; each call carries its own definition.
func (w *writer) window(r *Window) *block {
	b := w.block(r.Input)
	w.consumed("window")
	if !w.d.Windows {
		w.refuse("window", "")
		return b
	}
	if b.distinct || b.limited() || b.srf || b.windowed {
		b = w.wrap(b, r.Input.Columns())
	}
	var parts []string
	if len(r.Partition) > 0 {
		keys := make([]string, len(r.Partition))
		for i, id := range r.Partition {
			keys[i] = w.key(columnByID(r.Input, id).Ref())
		}
		parts = append(parts, "PARTITION BY "+strings.Join(keys, ", "))
	}
	if order := w.sortKeys(r.Order, r.Input); len(order) > 0 {
		parts = append(parts, "ORDER BY "+strings.Join(order, ", "))
	}
	texts := make([]string, len(r.Calls))
	for i, c := range r.Calls {
		texts[i] = w.windowCall(c, parts)
	}
	for i, c := range r.Calls {
		w.compute(c.Col.ID, texts[i])
	}
	b.windowed = true
	return b
}

func (w *writer) windowCall(c WindowItem, parts []string) string {
	n := c.Call
	if !w.immutable(n, procVolatility(n.Proc)) {
		return ""
	}
	args := w.list(n.Args)
	if !w.Whole && (n.Name == "min" || n.Name == "max") && len(n.Args) == 1 && collatable(n.Args[0].Type()) {
		w.codePoints(n.Args, args)
	}
	if n.Star {
		args = []string{"*"}
	}
	sql := n.Name + "(" + strings.Join(args, ", ") + ")" + w.filterClause(n.Filter)
	definition := append(append([]string(nil), parts...), w.frame(c.Frame))
	return sql + " OVER (" + strings.Join(definition, " ") + ")"
}

var frameModes = [...]string{"RANGE", "ROWS", "GROUPS"}

var frameExclusions = [...]string{"", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"}

func (w *writer) frame(f Frame) string {
	return fmt.Sprintf("%s BETWEEN %s AND %s%s", frameModes[f.Mode], w.frameBound(f.Start), w.frameBound(f.End), frameExclusions[f.Exclude])
}

func (w *writer) frameBound(b FrameBound) string {
	switch b.Kind {
	case UnboundedPreceding:
		return "UNBOUNDED PRECEDING"
	case OffsetPreceding:
		return w.below(b.Offset) + " PRECEDING"
	case CurrentRow:
		return "CURRENT ROW"
	case OffsetFollowing:
		return w.below(b.Offset) + " FOLLOWING"
	}
	return "UNBOUNDED FOLLOWING"
}

// funcScan renders functions in FROM, of which each column gets its name.
func (w *writer) funcScan(r *FuncScan) *block {
	if !w.d.SetReturning {
		w.refuse("setReturning", "")
		return &block{}
	}
	calls := make([]string, len(r.Funcs))
	for i, f := range r.Funcs {
		calls[i] = w.nativeCall(f.Call)
		if f.Call.Typ.OID == pgtypes.OIDRecord && len(f.Cols) > 0 {
			if p := pgbuiltin.ProcByOID(f.Call.Proc); p == nil || p.Modes == nil {
				w.refuse("noRule", "column definition list")
			}
		}
	}
	from := calls[0]
	if len(calls) > 1 {
		from = "ROWS FROM (" + strings.Join(calls, ", ") + ")"
	}
	if r.Ordinality != 0 {
		from += " WITH ORDINALITY"
	}
	alias := w.alias("f")
	return &block{from: from + " AS " + alias + "(" + w.aliasList(alias, r.Cols) + ")"}
}

func (w *writer) projectSet(r *ProjectSet) *block {
	b := w.block(r.Input)
	w.consumed("set-returning function")
	if !w.d.SetReturning {
		w.refuse("setReturning", "")
		return b
	}
	if b.closed() {
		b = w.wrap(b, r.Input.Columns())
	}
	texts := make([]string, len(r.Items))
	for i, item := range r.Items {
		if f, ok := item.Expr.(*FuncExpr); ok && f.ReturnsSet {
			texts[i] = w.nativeCall(f)
			continue
		}
		texts[i] = w.below(item.Expr)
	}
	for i, item := range r.Items {
		w.compute(item.Col.ID, texts[i])
	}
	b.srf = true
	return b
}

// String shows a claim as EXPLAIN prints it.
func (c Claim) String() string {
	switch {
	case c.Mode == Exact:
		return "exact"
	case c.Detail == "":
		return c.Reason
	}
	return c.Reason + ": " + strconv.Quote(c.Detail)
}
