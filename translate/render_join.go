package translate

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

func appendInt(v int64) []byte { return strconv.AppendInt(nil, v, 10) }

func (w *writer) join(r *Join) *block {
	switch r.Kind {
	case SemiJoin, AntiJoin:
		return w.semiJoin(r)
	case InnerJoin, LeftJoin:
	case RightJoin:
		if !w.d.RightJoin {
			w.refuse("rightJoin", "")
		}
	case FullJoin:
		if !w.d.FullJoin {
			w.refuse("fullJoin", "")
		}
	default:
		w.refuse("joinKind", "")
	}
	if r.Lateral && !w.d.Lateral {
		w.refuse("lateral", "")
	}
	left := w.open(w.block(r.Left), r.Left, r.Kind == RightJoin || r.Kind == FullJoin)
	if r.Kind != InnerJoin {
		w.consumed("outer join")
	}
	right := w.block(r.Right)
	if r.Lateral {
		right = w.wrap(right, r.Right.Columns())
		right.from = "LATERAL " + right.from
	} else {
		right = w.open(right, r.Right, r.Kind == LeftJoin || r.Kind == FullJoin)
	}
	if r.Kind != InnerJoin {
		w.consumed("outer join")
	}
	return w.joined(r, left, right)
}

// open makes a block one that can be joined: nothing but FROM and WHERE. A side
// that may be filled with NULLs must not compute, and one of a full join must not
// filter after the join.
func (w *writer) open(b *block, rel Rel, nullable bool) *block {
	if b.closed() || nullable && (!w.allPlain(rel) || len(b.where) > 0) {
		return w.wrap(b, rel.Columns())
	}
	b.order = nil
	return b
}

func (w *writer) allPlain(rel Rel) bool {
	return ColumnsOf(rel).SubsetOf(w.plain)
}

var joinWords = map[JoinKind]string{InnerJoin: " JOIN ", LeftJoin: " LEFT JOIN ", RightJoin: " RIGHT JOIN ", FullJoin: " FULL JOIN "}

func (w *writer) joined(r *Join, left, right *block) *block {
	if right.joined {
		right.from = "(" + right.from + ")"
	}
	b := &block{where: append(left.where, right.where...), joined: true}
	if r.Kind == RightJoin && len(left.where) > 0 || r.Kind == LeftJoin && len(right.where) > 0 {
		w.refuse("joinKind", "") // open has wrapped the side, so this does not happen
	}
	var on []string
	for _, c := range Conjuncts(r.On) {
		if r.Kind == InnerJoin {
			on = append(on, w.condition(c))
		} else {
			on = append(on, w.below(c))
		}
	}
	if len(on) == 0 && r.Kind == InnerJoin {
		b.from = left.from + " CROSS JOIN " + right.from
		return b
	}
	if len(on) == 0 {
		on = []string{"1 = 1"}
	}
	b.from = left.from + joinWords[r.Kind] + right.from + " ON " + strings.Join(conjuncts(on), " AND ")
	return b
}

// semiJoin renders a semi or anti join as EXISTS.
func (w *writer) semiJoin(r *Join) *block {
	left := w.open(w.block(r.Left), r.Left, false)
	right := w.open(w.block(r.Right), r.Right, false)
	w.consumed("semi join")
	for _, c := range Conjuncts(r.On) {
		right.where = append(right.where, w.below(c))
	}
	word := "EXISTS ("
	if r.Kind == AntiJoin {
		word = "NOT EXISTS ("
	}
	left.where = append(left.where, word+w.selectText(right, nil, false)+")")
	return left
}

var setWords = map[SetOpKind]string{Union: " UNION ", Intersect: " INTERSECT ", Except: " EXCEPT "}

func (w *writer) setOp(r *SetOp) *block {
	if r.Kind != Union && (!w.d.SetOps || r.All && !w.d.SetOpAll) {
		w.refuse("setOperation", "")
		return &block{}
	}
	left := w.arm(r, r.Left, r.LeftCols)
	right := w.arm(r, r.Right, r.RightCols)
	w.consumed("set operation")
	for _, c := range r.Cols {
		if !w.d.Native {
			w.settled.Add(c.ID) // arm has put the text collation on it
		}
	}
	word := setWords[r.Kind]
	if r.All {
		word += "ALL "
	}
	return w.derived(left+word+right, r.Cols)
}

// arm renders one side of a set operation, its columns named as the result's.
func (w *writer) arm(r *SetOp, rel Rel, ids []ColumnID) string {
	b := w.block(rel)
	if b.srf || b.distinct || !w.d.NestedSelect && (b.limited() || len(b.order) > 0) {
		b = w.wrap(b, rel.Columns())
	}
	if b.limit == "" && b.offset == "" {
		b.order = nil
	}
	columns := make([]Column, len(ids))
	for i, id := range ids {
		source := columnByID(rel, id)
		sql := w.refs[id]
		switch {
		case !r.All:
			sql = w.key(source.Ref())
			if !w.d.Native && w.plainRule(equality(source.Type), "=") == nil {
				w.refuse("noRule", "distinct "+typeLabel(source.Type.OID)) // stored forms may differ from side to side
			}
		case !w.d.Native && collatable(source.Type) && w.d.TextCollation != "" && w.needsCollation([]Expr{source.Ref()}):
			sql += " COLLATE " + w.d.TextCollation
		}
		if !w.d.Native && source.Type.OID == pgtypes.OIDNumeric && r.Cols[i].Type.Typmod < 0 {
			w.refuse("numericScale", source.Name)
		}
		columns[i] = r.Cols[i]
		w.refs[columns[i].ID] = sql
	}
	sql := w.selectText(b, columns, true)
	if w.d.NestedSelect {
		return "(" + sql + ")"
	}
	return sql
}

// maxValuesRows bounds the text of a list of rows.
const maxValuesRows = 1000

func (w *writer) values(r *Values) *block {
	if len(r.Rows) > maxValuesRows {
		w.refuse("tooLarge", "VALUES")
		return &block{}
	}
	if len(r.Rows) == 1 {
		return w.oneRow(r)
	}
	if len(r.Cols) == 0 {
		w.refuse("noRule", "VALUES without columns")
		return &block{}
	}
	if w.d.ValuesTable && len(r.Rows) > 0 {
		return w.valuesTable(r)
	}
	arms := make([]string, len(r.Rows))
	for i, row := range r.Rows {
		items := w.list(row)
		for j := range items {
			items[j] += " AS " + columnAlias(r.Cols[j].ID)
		}
		arms[i] = "SELECT " + strings.Join(items, ", ")
	}
	if len(arms) == 0 {
		w.refuse("noRule", "VALUES without rows")
	}
	return w.derived(strings.Join(arms, " UNION ALL "), r.Cols)
}

// oneRow is a SELECT without FROM.
func (w *writer) oneRow(r *Values) *block {
	for i, sql := range w.list(r.Rows[0]) {
		w.compute(r.Cols[i].ID, sql)
	}
	return w.wrap(&block{}, r.Cols)
}

func (w *writer) valuesTable(r *Values) *block {
	rows := make([]string, len(r.Rows))
	for i, row := range r.Rows {
		rows[i] = "(" + strings.Join(w.list(row), ", ") + ")"
	}
	alias := w.alias("v")
	return &block{from: "(VALUES " + strings.Join(rows, ", ") + ") AS " + alias + "(" + w.aliasList(alias, r.Cols) + ")"}
}

// aliasList places columns under an alias and lists their names.
func (w *writer) aliasList(alias string, columns []Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = columnAlias(c.ID)
		w.place(c.ID, alias+"."+names[i])
	}
	return strings.Join(names, ", ")
}

func (w *writer) withClause() string {
	if len(w.defs) == 0 {
		return ""
	}
	word := "WITH "
	if w.recursive {
		word = "WITH RECURSIVE "
	}
	return word + strings.Join(w.defs, ", ") + " "
}

// with moves the definitions to the front of the statement. One that reads outer
// columns can not move.
func (w *writer) with(r *With) *block {
	for _, cte := range r.CTEs {
		if cte.Recursive {
			w.recursiveCTE(cte)
			continue
		}
		if !OuterColumns(cte.Rel).Empty() {
			w.refuse("correlatedWith", cte.Name)
			return &block{}
		}
		name := w.alias("w")
		sql := w.selectText(w.block(cte.Rel), cte.Cols, true)
		w.consumed("with")
		w.ctes[cte] = name
		w.defs = append(w.defs, name+w.materialized(cte)+"("+sql+")")
	}
	return w.block(r.Body)
}

func (w *writer) materialized(cte *CTE) string {
	switch {
	case w.d.Native && cte.Materialized == MaterializeAlways:
		return " AS MATERIALIZED "
	case w.d.Native && cte.Materialized == MaterializeNever:
		return " AS NOT MATERIALIZED "
	}
	return " AS "
}

func (w *writer) recursiveCTE(cte *CTE) {
	if !w.d.Native {
		w.refuse("recursive", cte.Name)
		return
	}
	name := w.alias("w")
	w.ctes[cte], w.recursive = name, true
	base := w.recursiveArm(cte, cte.Base, cte.BaseCols)
	step := w.recursiveArm(cte, cte.Step, cte.StepCols)
	word := " UNION "
	if cte.UnionAll {
		word = " UNION ALL "
	}
	w.defs = append(w.defs, name+" AS ("+base+word+step+")")
}

func (w *writer) recursiveArm(cte *CTE, rel Rel, ids []ColumnID) string {
	b := w.block(rel)
	for i, id := range ids {
		w.refs[cte.Cols[i].ID] = w.refs[id]
	}
	return "(" + w.selectText(b, cte.Cols, true) + ")"
}

func (w *writer) cteRef(r *CTERef) *block {
	name, ok := w.ctes[r.CTE]
	if !ok && w.stub == nil {
		w.refuse("with", r.Alias)
	}
	alias := w.alias("r")
	for i, c := range r.Cols {
		w.place(c.ID, alias+"."+columnAlias(r.CTE.Cols[i].ID))
		if known := w.columns[r.CTE.Cols[i].ID]; known != nil {
			w.columns[c.ID] = known
		}
	}
	return &block{from: name + " AS " + alias}
}
