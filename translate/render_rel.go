package translate

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// block is one SELECT being put together. Relations are added to it bottom-up for
// as long as its clauses run in the order that the relations ask for; then it is
// wrapped into a sub-select.
type block struct {
	from     string
	where    []string
	group    []string
	grouped  bool
	having   []string
	windowed bool
	distinct bool
	on       []string // of DISTINCT ON
	order    []string
	limit    string
	offset   string
	ties     bool
	lock     string
	srf      bool // set-returning functions in the select list
	joined   bool // from is more than one table
	// unordered says that rows had an order which a sub-select does not promise to keep.
	unordered bool
}

func (b *block) limited() bool { return b.limit != "" || b.offset != "" || b.lock != "" }

// closed says that rows can no longer be filtered or joined in the same SELECT.
func (b *block) closed() bool { return b.grouped || b.windowed || b.distinct || b.limited() || b.srf }

// query renders rel as a whole statement with some of its columns.
func (w *writer) query(rel Rel, output []Column) (string, []Column) {
	b := w.block(rel)
	if b.unordered {
		w.refuse("nestedOrder", "")
	}
	if b.distinct && len(b.on) == 0 && len(output) != len(rel.Columns()) {
		b = w.wrap(b, rel.Columns())
	}
	sql := w.selectText(b, output, false)
	if len(output) == 0 {
		output = []Column{{Name: "?column?", Type: pgtypes.Of(pgtypes.OIDInt4), NotNull: true}}
	}
	return sql, output
}

// selectText writes a block. With aliases its columns get the names that outer
// blocks know them by.
func (w *writer) selectText(b *block, columns []Column, aliased bool) string {
	var s strings.Builder
	s.WriteString("SELECT ")
	if len(b.on) > 0 {
		s.WriteString("DISTINCT ON (" + strings.Join(b.on, ", ") + ") ")
	} else if b.distinct {
		s.WriteString("DISTINCT ")
	}
	for i, c := range columns {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString(unwrap(w.refs[c.ID]))
		if aliased {
			s.WriteString(" AS " + columnAlias(c.ID))
		}
	}
	if len(columns) == 0 {
		s.WriteString("1")
	}
	clause := func(word, separator string, list []string) {
		if len(list) > 0 {
			s.WriteString(word + strings.Join(list, separator))
		}
	}
	if b.from != "" {
		s.WriteString(" FROM " + b.from)
	}
	clause(" WHERE ", " AND ", conjuncts(b.where))
	clause(" GROUP BY ", ", ", b.group)
	clause(" HAVING ", " AND ", conjuncts(b.having))
	clause(" ORDER BY ", ", ", b.order)
	w.limitText(&s, b)
	s.WriteString(b.lock)
	return s.String()
}

// conjuncts takes needless parentheses off the only condition of a list.
func conjuncts(list []string) []string {
	if len(list) == 1 {
		return []string{unwrap(list[0])}
	}
	return list
}

func (w *writer) limitText(s *strings.Builder, b *block) {
	limit := b.limit
	if b.ties {
		if b.offset != "" {
			s.WriteString(" OFFSET " + b.offset + " ROWS")
		}
		s.WriteString(" FETCH FIRST " + limit + " ROWS WITH TIES")
		return
	}
	if limit == "" && b.offset != "" {
		limit = w.d.NoLimit
	}
	if limit != "" {
		s.WriteString(" LIMIT " + limit)
	}
	if b.offset != "" {
		s.WriteString(" OFFSET " + b.offset)
	}
}

// wrap makes a block the only item of FROM of a new one.
func (w *writer) wrap(b *block, columns []Column) *block {
	outer := w.derived(w.selectText(b, columns, true), columns)
	outer.unordered = b.unordered || len(b.order) > 0
	return outer
}

// derived is a block over a query whose columns have their aliases.
func (w *writer) derived(sql string, columns []Column) *block {
	if !w.d.OuterInDerived && w.stub == nil && w.readsOuter(sql) {
		w.refuse("correlatedDerived", "")
	}
	alias := w.alias("q")
	for _, c := range columns {
		w.place(c.ID, alias+"."+columnAlias(c.ID))
	}
	return &block{from: "(" + sql + ") AS " + alias}
}

// readsOuter says that a text within a sub-query reads a column of the query
// around it. Aliases are numbered in the order in which they are made, so those of
// the query around have the lower numbers.
func (w *writer) readsOuter(sql string) bool {
	if w.claiming && strings.Contains(sql, standInColumn) {
		return true
	}
	for i := 1; w.outer > 0 && i < len(sql); i++ {
		if sql[i] != '.' {
			continue
		}
		from := i
		for from > 0 && classes[sql[from-1]]&classDigit != 0 {
			from--
		}
		if number, err := strconv.Atoi(sql[from:i]); err == nil && number <= w.outer && from > 0 && classes[sql[from-1]]&classNameStart != 0 {
			return true
		}
	}
	return false
}

// place says where a column now is.
func (w *writer) place(id ColumnID, sql string) {
	w.refs[id] = sql
	w.plain.Add(id)
}

// compute says what a column now is.
func (w *writer) compute(id ColumnID, sql string) {
	w.refs[id] = sql
	w.plain.Remove(id)
}

// structure claims rel's own operation: its inputs are stood in for by tables.
func (w *writer) structure(rel Rel) {
	w.stub = rel
	w.block(rel)
}

func (w *writer) block(rel Rel) *block {
	if w.refused != nil {
		return &block{}
	}
	if w.stub != nil && rel != w.stub {
		return w.standIn(rel)
	}
	switch r := rel.(type) {
	case *Scan:
		return w.scan(r)
	case *Filter:
		return w.filter(r)
	case *Project:
		return w.project(r)
	case *Join:
		return w.join(r)
	case *Aggregate:
		return w.aggregate(r)
	case *Sort:
		return w.sort(r)
	case *Limit:
		return w.limit(r)
	case *Dedup:
		return w.dedup(r)
	case *SetOp:
		return w.setOp(r)
	case *Values:
		return w.values(r)
	case *With:
		return w.with(r)
	case *CTERef:
		return w.cteRef(r)
	case *Window:
		return w.window(r)
	case *FuncScan:
		return w.funcScan(r)
	case *ProjectSet:
		return w.projectSet(r)
	case *Lock:
		return w.lock(r)
	}
	w.refuse("noRule", "relation")
	return &block{}
}

func (w *writer) standIn(rel Rel) *block {
	for _, c := range rel.Columns() {
		w.known.Add(c.ID)
		w.place(c.ID, standInColumn)
	}
	return &block{from: "t"}
}

func (w *writer) scan(r *Scan) *block {
	alias := w.alias("t")
	for i, c := range r.Cols {
		w.place(c.ID, alias+"."+w.d.Identifier(r.Table.RemoteColumn(r.Attrs[i])))
	}
	return &block{from: w.d.TableName(r.Table.Remote) + " AS " + alias}
}

func (w *writer) filter(r *Filter) *block {
	b := w.block(r.Input)
	// An aggregate may not stand inside a sub-query of its own level's HAVING.
	if b.windowed || b.distinct || b.limited() || b.srf || b.grouped && HasSubquery(r.Cond) {
		b = w.wrap(b, r.Input.Columns())
	}
	for _, c := range Conjuncts(r.Cond) {
		if b.grouped {
			b.having = append(b.having, w.below(c))
		} else {
			b.where = append(b.where, w.condition(c))
		}
	}
	return b
}

func (w *writer) project(r *Project) *block {
	b := w.block(r.Input)
	if b.distinct || b.srf || (b.grouped || b.windowed) && itemsHaveSubquery(r.Items) {
		b = w.wrap(b, r.Input.Columns())
	}
	w.items(r.Items)
	return b
}

func itemsHaveSubquery(items []ProjectItem) bool {
	for _, item := range items {
		if HasSubquery(item.Expr) {
			return true
		}
	}
	return false
}

// items renders all before it places any: an item may pass a column on under the
// ID that another one reads.
func (w *writer) items(items []ProjectItem) {
	texts := make([]string, len(items))
	plain := make([]bool, len(items))
	for i, item := range items {
		if ref, ok := item.Expr.(*ColRef); ok {
			texts[i], plain[i] = w.bare(ref), w.plain.Has(ref.ID)
			if c := w.columns[ref.ID]; c != nil {
				w.columns[item.Col.ID] = c
			}
			continue
		}
		texts[i] = w.below(item.Expr)
	}
	for i, item := range items {
		w.compute(item.Col.ID, texts[i])
		if plain[i] {
			w.plain.Add(item.Col.ID)
		}
	}
}

// consumed refuses a superset below an operation that does not keep rows apart.
func (w *writer) consumed(what string) {
	if w.mode == Superset {
		w.refuse("supersetBelow", what)
	}
}

func (w *writer) aggregate(r *Aggregate) *block {
	b := w.block(r.Input)
	w.consumed("aggregate")
	if len(r.Groups)+len(r.Aggs) == 0 || r.Sets != nil && !w.d.GroupingSets {
		w.refuse("groupingSets", "")
		return b
	}
	if w.settle(r) || b.closed() || !w.plainGroups(r.Groups) {
		b = w.wrap(b, r.Input.Columns())
	}
	b.order, b.unordered = nil, false
	keys := make([]string, len(r.Groups))
	for i, id := range r.Groups {
		keys[i] = w.key(columnByID(r.Input, id).Ref())
	}
	calls := make([]string, len(r.Aggs))
	for i, a := range r.Aggs {
		calls[i] = w.aggCall(a.Call)
	}
	for i, id := range r.Groups {
		w.compute(id, keys[i])
		if !strings.Contains(keys[i], " ") {
			w.plain.Add(id)
		}
	}
	for i, a := range r.Aggs {
		w.compute(a.Col.ID, calls[i])
	}
	b.group, b.grouped = keys, true
	if r.Sets != nil {
		w.groupingSets(b, r, keys)
	}
	return b
}

// settle puts the text collation on the columns that group and need it, to be
// exported by a sub-select: grouping by an expression, MySQL would let nothing else
// read the column.
func (w *writer) settle(r *Aggregate) bool {
	if w.d.Native || w.d.TextCollation == "" {
		return false
	}
	settled := false
	for _, id := range r.Groups {
		ref := columnByID(r.Input, id).Ref()
		if collatable(ref.Typ) && w.needsCollation([]Expr{ref}) {
			w.compute(id, w.refs[id]+" COLLATE "+w.d.TextCollation)
			w.settled.Add(id)
			settled = true
		}
	}
	return settled
}

func (w *writer) plainGroups(groups []ColumnID) bool {
	for _, id := range groups {
		if !w.plain.Has(id) {
			return false
		}
	}
	return true
}

func columnByID(rel Rel, id ColumnID) Column {
	for _, c := range rel.Columns() {
		if c.ID == id {
			return c
		}
	}
	return Column{ID: id}
}

func (w *writer) groupingSets(b *block, r *Aggregate, keys []string) {
	sets := make([]string, len(r.Sets))
	for i, set := range r.Sets {
		members := make([]string, len(set))
		for j, k := range set {
			members[j] = keys[k]
		}
		sets[i] = "(" + strings.Join(members, ", ") + ")"
	}
	b.group = []string{"GROUPING SETS (" + strings.Join(sets, ", ") + ")"}
	if r.GroupingID == 0 {
		return
	}
	if len(keys) == 0 {
		w.compute(r.GroupingID, "0::int8")
		return
	}
	w.compute(r.GroupingID, "GROUPING("+strings.Join(keys, ", ")+")::int8")
}

// key renders a column that groups, or that must be distinct: the type's equality
// must be the source's too.
func (w *writer) key(ref *ColRef) string {
	sql := w.columnRef(ref)
	if w.d.Native {
		return sql
	}
	rules := w.d.byOp[equality(ref.Typ)]
	if len(rules) == 0 || rules[0].Mode != Exact || !w.trusted(rules[0]) {
		return w.refuse("noRule", "equality of "+typeLabel(ref.Typ.OID))
	}
	if rules[0].Collated && w.d.TextCollation != "" && w.needsCollation([]Expr{ref}) {
		sql += " COLLATE " + w.d.TextCollation
	}
	return sql
}

func (w *writer) sort(r *Sort) *block {
	b := w.block(r.Input)
	if b.distinct || b.limited() || b.srf {
		b = w.wrap(b, r.Input.Columns())
	}
	b.order, b.unordered = w.sortKeys(r.Keys, r.Input), false
	return b
}

func (w *writer) limit(r *Limit) *block {
	b := w.block(r.Input)
	w.consumed("limit")
	if b.limited() {
		b = w.wrap(b, r.Input.Columns())
	}
	if b.unordered {
		w.refuse("nestedOrder", "")
	}
	if r.WithTies && (!w.d.WithTies || len(b.order) == 0) {
		w.refuse("withTies", "")
	}
	b.ties = r.WithTies
	b.limit, b.offset = w.bound(r.Count), w.bound(r.Offset)
	if b.offset == "0" {
		b.offset = ""
	}
	return b
}

// bound renders LIMIT or OFFSET; "" for none. Postgres refuses negative ones, which
// others take, so elsewhere the value must be known.
func (w *writer) bound(e Expr) string {
	if e == nil {
		return ""
	}
	if v, ok := IntegerValue(e); ok {
		if v < 0 {
			return w.refuse("argument", "LIMIT")
		}
		return string(appendInt(v))
	}
	if c, ok := e.(*Cast); ok {
		if inner, ok := c.Arg.(*Const); ok && inner.Value == nil {
			return ""
		}
	}
	if c, ok := e.(*Const); ok && c.Value == nil {
		return ""
	}
	if !w.d.Native {
		return w.refuse("parameter", "LIMIT")
	}
	return w.below(e)
}

func (w *writer) dedup(r *Dedup) *block {
	b := w.block(r.Input)
	w.consumed("distinct")
	columns := r.Input.Columns()
	whole := ColumnsOf(r.Input).SubsetOf(ColumnSetOf(r.On...))
	if !whole && !w.d.DistinctOn || whole && r.Ordered && !w.d.DistinctOn {
		w.refuse("distinctOn", "")
		return b
	}
	if b.distinct || b.limited() || b.srf || b.windowed {
		b = w.wrap(b, columns)
	}
	if b.unordered && r.Ordered {
		w.refuse("nestedOrder", "")
	}
	keys := map[ColumnID]string{}
	for _, id := range r.On {
		keys[id] = w.key(columnByID(r.Input, id).Ref())
	}
	b.distinct = true
	if whole {
		b.order, b.unordered = nil, false
		for id, sql := range keys {
			w.compute(id, sql)
			w.settled.Add(id)
		}
		return b
	}
	for _, id := range r.On {
		if bareConstant(keys[id]) {
			w.refuse("argument", "DISTINCT ON a constant") // it would be a column's position
		}
		b.on = append(b.on, keys[id])
	}
	return b
}

func (w *writer) lock(r *Lock) *block {
	b := w.block(r.Input)
	if !w.d.Locking || b.closed() || len(r.Of) > 0 {
		w.refuse("lock", r.Strength)
		return b
	}
	b.lock = " FOR " + r.Strength
	if r.Wait != "" {
		b.lock += " " + r.Wait
	}
	return b
}
