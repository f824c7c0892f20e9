package translate

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Renderer decides what of a statement one backend can answer and writes that part
// in the backend's dialect. It is made for one statement and one backend, is told
// of the relations by Learn, and is used by one goroutine.
type Renderer struct {
	Dialect *Dialect
	Mode    PushMode
	// Whole says that the backend answers the whole statement: its own collations then
	// hold, as its user expects.
	Whole bool
	// OtherForm says that the session writes values of a type as text in another form
	// than a source does (extra_float_digits, bytea_output); nil for none.
	OtherForm func(oid uint32) bool

	columns map[ColumnID]*TableColumn // columns that plainly are a table's
	known   ColumnSet                 // all columns of the relations learnt
	ctes    map[*CTE]bool
}

// NewRenderer makes a renderer that knows the columns of rels.
func NewRenderer(d *Dialect, mode PushMode, rels ...Rel) *Renderer {
	d.compile()
	r := &Renderer{Dialect: d, Mode: mode, columns: map[ColumnID]*TableColumn{}, ctes: map[*CTE]bool{}}
	for _, rel := range rels {
		r.Learn(rel)
	}
	return r
}

// Learn makes the columns of rel, and of what is below it, known. Expressions that
// read other columns can not be pushed.
func (r *Renderer) Learn(rel Rel) {
	WalkRel(rel, func(n Rel) bool {
		switch n := n.(type) {
		case *Scan:
			for i, c := range n.Cols {
				r.columns[c.ID] = &n.Table.Columns[n.Attrs[i]]
			}
		case *CTERef:
			r.ctes[n.CTE] = true
		}
		for _, id := range madeBy(n) {
			r.known.Add(id)
		}
		EachExpr(n, func(e Expr) {
			WalkExpr(e, func(sub Expr) bool {
				if s, ok := sub.(*Subquery); ok {
					r.Learn(s.Rel)
				}
				return true
			})
		})
		return true
	})
}

// CanPush says whether the backend's value of e is Postgres's. A Superset is only
// ever claimed for a condition.
func (r *Renderer) CanPush(e Expr) Claim {
	if r.Mode == PushOff {
		if _, ok := e.(*ColRef); !ok {
			return Claim{Reason: "off"}
		}
	}
	w := r.newWriter()
	w.claiming = true
	w.condition(e)
	return w.claim()
}

// CanPushRel says whether the backend can carry out rel's own operation, its inputs
// being answered by the same backend. It does not look below rel.
func (r *Renderer) CanPushRel(rel Rel) Claim {
	if r.Mode == PushOff && !passesColumns(rel) {
		return Claim{Reason: "off"}
	}
	w := r.newWriter()
	w.claiming = true
	w.structure(rel)
	return w.claim()
}

// passesColumns says that rel only reads columns.
func passesColumns(rel Rel) bool {
	switch rel := rel.(type) {
	case *Scan:
		return true
	case *Project:
		for _, item := range rel.Items {
			if _, ok := item.Expr.(*ColRef); !ok {
				return false
			}
		}
		return true
	}
	return false
}

// Rendered is a query in a dialect.
type Rendered struct {
	SQL string
	// Args are the values of the placeholders, in the dialect's order: Params,
	// ExecParams.
	Args []Expr
	// Output are the columns of the result: those of the relation, or, when it has
	// none, one constant column with ID 0.
	Output []Column
	// Guarded says that the text holds expressions that fail on purpose where Postgres
	// would raise an error. A failure of the query is then to be answered by running the
	// fragment in the gateway, which raises the exact error.
	Guarded bool
	// Rules are those that the text was made by, each once, for EXPLAIN.
	Rules []*Rule
	// Claim is Superset when a condition keeps more rows than the exact one.
	Claim Claim
}

// Refused is the error of Render for what can not be pushed.
type Refused struct{ Claim Claim }

func (e *Refused) Error() string {
	return strings.TrimSpace("can not be pushed: " + e.Claim.Reason + " " + e.Claim.Detail)
}

// Render writes rel as one query with all of its columns. Rows come in rel's order
// if it has one. It fails with *Refused if anything in rel can not be pushed.
func (r *Renderer) Render(rel Rel) (*Rendered, error) { return r.render(rel, rel.Columns()) }

// RenderColumns is Render with only some of rel's columns, in any order.
func (r *Renderer) RenderColumns(rel Rel, ids []ColumnID) (*Rendered, error) {
	columns := make([]Column, len(ids))
	for i, id := range ids {
		columns[i] = columnByID(rel, id)
	}
	return r.render(rel, columns)
}

func (r *Renderer) render(rel Rel, columns []Column) (*Rendered, error) {
	w := r.newWriter()
	sql, output := w.query(rel, columns)
	if c := w.claim(); c.Mode == None {
		return nil, &Refused{c}
	}
	out := &Rendered{Output: output, Guarded: w.guarded, Claim: w.claim(), Rules: w.rules}
	out.SQL, out.Args = w.finish(w.withClause() + sql)
	return out, nil
}

// writer renders. What it returns after a refusal is of no use; claim tells.
type writer struct {
	*Renderer
	d       *Dialect
	refused *Claim
	mode    ClaimMode
	detail  Claim // of a superset
	guarded bool
	// claiming says that nothing is rendered to be run.
	claiming bool
	args     []Expr
	rules    []*Rule
	refs     map[ColumnID]string // how to write a column
	plain    ColumnSet           // the columns that are written as a plain name
	stub     Rel                 // when claiming: the only relation that is looked at
	aliases  int
	outer    int // the aliases made before the sub-query that is being written
	ctes     map[*CTE]string
	defs     []string // definitions for WITH
	// recursive says that one of them is.
	recursive bool
	// positive says that a superset is allowed here.
	positive bool
	// caseTest is the text that CaseTest stands for, caseArg the expression.
	caseTest string
	caseArg  Expr
	// settled are columns of text that sub-selects export under the text collation.
	settled ColumnSet
}

func (r *Renderer) newWriter() *writer {
	return &writer{Renderer: r, d: r.Dialect, mode: Exact, refs: map[ColumnID]string{}, ctes: map[*CTE]string{}}
}

func (w *writer) claim() Claim {
	if w.refused != nil {
		return *w.refused
	}
	if w.mode == Superset {
		return w.detail
	}
	return Claim{Mode: Exact}
}

// refuse remembers the first reason; it gives "" to stand for the text.
func (w *writer) refuse(reason, detail string) string {
	if w.refused == nil {
		w.refused = &Claim{Reason: reason, Detail: detail}
	}
	return ""
}

// use remembers a rule.
func (w *writer) use(rule *Rule) {
	w.guarded = w.guarded || len(rule.Raises) > 0
	for _, known := range w.rules {
		if known == rule {
			return
		}
	}
	w.rules = append(w.rules, rule)
}

// Arguments are written as their number between two bytes that no text holds, and
// become placeholders when the text is whole: only then is their order known.
const argumentMark = "\x00"

func (w *writer) argument(e Expr) string {
	number := -1
	for i, known := range w.args {
		if Equal(known, e) {
			number = i
		}
	}
	if number < 0 {
		number = len(w.args)
		w.args = append(w.args, e)
	}
	return argumentMark + strconv.Itoa(number) + argumentMark
}

func (w *writer) finish(sql string) (string, []Expr) {
	if len(w.args) == 0 {
		return sql, nil
	}
	parts := strings.Split(sql, argumentMark)
	var b strings.Builder
	var ordered []Expr
	numbers := map[int]int{}
	for i, part := range parts {
		if i%2 == 0 {
			b.WriteString(part)
			continue
		}
		arg, _ := strconv.Atoi(part)
		if w.d.Placeholders == QuestionMarks {
			b.WriteByte('?')
			ordered = append(ordered, w.args[arg])
			continue
		}
		if numbers[arg] == 0 {
			ordered = append(ordered, w.args[arg])
			numbers[arg] = len(ordered)
		}
		b.WriteString("$" + strconv.Itoa(numbers[arg]))
	}
	return b.String(), ordered
}

func (w *writer) alias(prefix string) string {
	w.aliases++
	return prefix + strconv.Itoa(w.aliases)
}

// columnAlias is the name of a column that a derived table exports.
func columnAlias(id ColumnID) string { return "c" + strconv.Itoa(int(id)) }

// collatable says whether values of a type compare by a collation.
func collatable(t pgtypes.Type) bool {
	switch t.OID {
	case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDBpchar, pgtypes.OIDName, pgtypes.OIDUnknown:
		return true
	}
	return false
}

// unwrap takes off parentheses that enclose the whole of a text.
func unwrap(sql string) string {
	if len(sql) < 2 || sql[0] != '(' || sql[len(sql)-1] != ')' {
		return sql
	}
	depth := 0
	for i := 0; i < len(sql); i++ {
		switch sql[i] {
		case '\'', '"', '`':
			end := strings.IndexByte(sql[i+1:], sql[i])
			if end < 0 {
				return sql
			}
			i += end + 1
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 && i < len(sql)-1 {
				return sql
			}
		}
	}
	if inner := sql[1 : len(sql)-1]; !strings.HasPrefix(inner, "SELECT ") && !strings.HasPrefix(inner, "VALUES ") {
		return inner
	}
	return sql
}
