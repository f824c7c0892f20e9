package translate

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// condition renders a condition in a positive place: a conjunct of WHERE or of an
// inner join, where a superset may stand.
func (w *writer) condition(e Expr) string {
	w.positive = true
	sql := w.conditionTree(e)
	w.positive = false
	return sql
}

// conditionTree keeps the place positive below AND and OR; a superset of every arm
// is a superset of the whole.
func (w *writer) conditionTree(e Expr) string {
	if b, ok := e.(*BoolExpr); ok && b.Kind != Not {
		return w.junction(b, w.conditionTree)
	}
	return w.expr(e)
}

func (w *writer) junction(b *BoolExpr, arm func(Expr) string) string {
	word := " AND "
	if b.Kind == Or {
		word = " OR "
	}
	for _, a := range b.Args {
		if c, ok := a.(*Const); ok && c.Value == (b.Kind == Or) {
			return w.constant(c) // as Postgres and SQLite do; SQLite then takes it for a position in ORDER BY
		}
	}
	arms := make([]string, len(b.Args))
	for i, a := range b.Args {
		arms[i] = arm(a)
	}
	return "(" + strings.Join(arms, word) + ")"
}

// below renders a part of an expression, where only exact claims count.
func (w *writer) below(e Expr) string {
	positive := w.positive
	w.positive = false
	sql := w.expr(e)
	w.positive = positive
	return sql
}

func (w *writer) list(list []Expr) []string {
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = w.below(e)
	}
	return texts
}

// expr renders an expression. Compound ones come in parentheses.
func (w *writer) expr(e Expr) string {
	if w.refused != nil {
		return ""
	}
	switch n := e.(type) {
	case *ColRef:
		return w.columnRef(n)
	case *Const:
		return w.constant(n)
	case *Param:
		return w.param(n)
	case *ExecParam:
		return w.param(n)
	case *OpExpr:
		return w.operator(n)
	case *FuncExpr:
		return w.function(n)
	case *Cast:
		return w.cast(n)
	case *BoolExpr:
		return w.boolean(n)
	case *NullTest:
		return w.nullTest(n)
	case *BoolTest:
		return "(" + w.below(n.Arg) + boolTests[n.Kind] + ")"
	case *Case:
		return w.caseExpr(n)
	case *Coalesce:
		return "COALESCE(" + strings.Join(w.alternatives(n.Typ, n.Args), ", ") + ")"
	case *Distinct:
		return w.distinct(n)
	case *NullIf:
		return w.nullIf(n)
	case *ScalarArrayOp:
		return w.arrayOperator(n)
	case *Subquery:
		return w.subquery(n)
	default:
		return w.nativeExpr(e)
	}
}

var boolTests = [...]string{" IS TRUE", " IS NOT TRUE", " IS FALSE", " IS NOT FALSE", " IS NULL", " IS NOT NULL"}

// columnRef writes a column whose value an operation reads.
func (w *writer) columnRef(n *ColRef) string {
	if w.d.Comparable != nil {
		if ok, reason := w.d.Comparable(n.Typ, w.columns[n.ID]); !ok {
			return w.refuse(reason, n.Name)
		}
	}
	return w.bare(n)
}

// bare writes a column that is only passed on or tested for NULL.
func (w *writer) bare(n *ColRef) string {
	if sql, ok := w.refs[n.ID]; ok {
		return sql
	}
	if !w.known.Has(n.ID) {
		return w.refuse("outerColumn", n.Name)
	}
	return standInColumn // claims need no place to read from
}

// standInColumn is about as long as a column is when it is rendered.
const standInColumn = `t10."a_column_of_a_table"`

func (w *writer) constant(n *Const) string {
	if n.Value == nil {
		if name := w.nativeType(n.Typ); name != "" {
			return "NULL::" + name
		}
		return "NULL"
	}
	if w.d.Literal == nil {
		return w.refuse("literal", typeLabel(n.Typ.OID))
	}
	sql, ok := w.d.Literal(nil, n.Typ, n.Value)
	if !ok {
		return w.refuse("literal", typeLabel(n.Typ.OID))
	}
	return string(sql)
}

func (w *writer) nativeType(t pgtypes.Type) string {
	if !w.d.Native {
		return ""
	}
	return w.d.TypeName(t)
}

func (w *writer) param(e Expr) string {
	template := "{0}"
	if w.d.Param != nil {
		template = w.d.Param(e.Type())
	}
	if template == "" {
		return w.refuse("parameter", typeLabel(e.Type().OID))
	}
	return w.fill(template, []string{w.argument(e)})
}

func (w *writer) boolean(n *BoolExpr) string {
	if n.Kind == Not {
		return "(NOT " + w.below(n.Args[0]) + ")"
	}
	return w.junction(n, w.below)
}

func (w *writer) nullTest(n *NullTest) string {
	if n.Arg.Type().OID == pgtypes.OIDRecord && !w.d.Native {
		return w.refuse("noRule", "IS NULL of a row")
	}
	var arg string
	if ref, ok := n.Arg.(*ColRef); ok {
		arg = w.bare(ref)
	} else {
		arg = w.below(n.Arg)
	}
	if n.Not {
		return "(" + arg + " IS NOT NULL)"
	}
	return "(" + arg + " IS NULL)"
}

func (w *writer) caseExpr(n *Case) string {
	var b strings.Builder
	b.WriteString("CASE")
	results := []Expr{n.Else}
	for _, when := range n.Whens {
		results = append(results, when.Result)
	}
	texts := w.alternatives(n.Typ, results)
	test, arg := w.caseTest, w.caseArg
	if n.Arg != nil {
		defer func() { w.caseArg = arg }()
		w.caseTest = w.below(n.Arg)
		if !w.short(w.caseTest) {
			return w.refuse("repeatedArgument", "CASE")
		}
		w.caseArg = n.Arg
	}
	for i, when := range n.Whens {
		b.WriteString(" WHEN " + unwrap(w.below(when.Cond)) + " THEN " + unwrap(texts[i+1]))
	}
	w.caseTest = test
	b.WriteString(" ELSE " + unwrap(texts[0]) + " END")
	return "(" + b.String() + ")"
}

// alternatives renders expressions of which one becomes the value. Elsewhere than in
// Postgres they must agree on what a value carries beside itself: the scale of
// numerics, the collation of text.
func (w *writer) alternatives(t pgtypes.Type, list []Expr) []string {
	texts := w.list(list)
	if w.d.Native {
		return texts
	}
	if t.OID == pgtypes.OIDNumeric && t.Typmod < 0 {
		w.refuse("numericScale", "")
	}
	if collatable(t) && w.d.TextCollation != "" {
		for i, e := range list {
			if w.needsCollation([]Expr{e}) {
				texts[i] += " COLLATE " + w.d.TextCollation
			}
		}
	}
	return texts
}

// short says that a text may be repeated without making the whole explode. What was
// claimed as short must not turn out too long when it is rendered, whatever the
// columns are called; so rendering allows more.
func (w *writer) short(sql string) bool {
	limit := 2000
	if w.claiming {
		limit = 250
	}
	return len(sql) <= limit && !strings.Contains(strings.ReplaceAll(sql, w.d.Raise, ""), "SELECT ")
}

// operator renders by a rule, or as it is for Postgres itself.
func (w *writer) operator(n *OpExpr) string {
	if sql, ok := w.byRule(w.d.byOp[n.Op], n, n.Args); ok {
		return sql
	}
	if !w.d.Native {
		return w.refuse("noRule", Signature(n))
	}
	if !w.immutable(n, procVolatility(n.Proc)) {
		return ""
	}
	args := w.list(n.Args)
	w.nativeCollation(n.Name, n.Args, args)
	if len(args) == 1 {
		return "(" + n.Name + " " + args[0] + ")"
	}
	return "(" + args[0] + " " + n.Name + " " + args[1] + ")"
}

func (w *writer) function(n *FuncExpr) string {
	if n.ReturnsSet {
		return w.refuse("setReturning", Signature(n))
	}
	if sql, ok := w.byRule(w.d.byProc[n.Proc], n, n.Args); ok {
		return sql
	}
	if !w.d.Native {
		return w.refuse("noRule", Signature(n))
	}
	return w.nativeCall(n)
}

func (w *writer) cast(n *Cast) string {
	from, to := n.Arg.Type(), n.Typ
	if n.Method == CastIO && w.OtherForm != nil && w.OtherForm(from.OID) {
		return w.refuse("settings", Signature(n))
	}
	if sql, ok := w.byRule(w.d.byCast[castSignature{from.OID, to.OID}], n, []Expr{n.Arg}); ok {
		return sql
	}
	if w.d.Native {
		return w.nativeCast(n)
	}
	if n.Method == CastBinary && textual(from) && textual(to) && to.OID != pgtypes.OIDBpchar && from.OID != pgtypes.OIDBpchar {
		return w.below(n.Arg)
	}
	return w.refuse("noRule", Signature(n))
}

func textual(t pgtypes.Type) bool {
	return t.OID == pgtypes.OIDText || t.OID == pgtypes.OIDVarchar || t.OID == pgtypes.OIDBpchar
}

// immutable refuses what depends on the session or changes from call to call.
func (w *writer) immutable(e Expr, v Volatility) bool {
	switch v {
	case Stable:
		w.refuse("stable", Signature(e))
	case Volatile:
		w.refuse("volatile", Signature(e))
	}
	return v == Immutable
}

// distinct renders IS [NOT] DISTINCT FROM; the operator's own rule says whether
// equality can be trusted.
func (w *writer) distinct(n *Distinct) string {
	if w.d.Native {
		if !w.immutable(n, procVolatility(n.Proc)) {
			return ""
		}
		word := " IS DISTINCT FROM "
		if n.Not {
			word = " IS NOT DISTINCT FROM "
		}
		return "(" + w.below(n.Left) + word + w.below(n.Right) + ")"
	}
	rule := w.plainRule(n.Op, "=")
	if rule == nil {
		return w.refuse("noRule", Signature(n))
	}
	args := w.operands(rule, []Expr{n.Left, n.Right})
	if n.Not {
		return w.fill(w.d.NotDistinct, args)
	}
	return "(NOT " + w.fill(w.d.NotDistinct, args) + ")"
}

func (w *writer) nullIf(n *NullIf) string {
	if w.d.Native {
		if !w.immutable(n, procVolatility(n.Proc)) {
			return ""
		}
		return "NULLIF(" + w.below(n.Left) + ", " + w.below(n.Right) + ")"
	}
	rule := w.plainRule(n.Op, "=")
	if rule == nil {
		return w.refuse("noRule", Signature(n))
	}
	args := w.operands(rule, []Expr{n.Left, n.Right})
	return "NULLIF(" + args[0] + ", " + args[1] + ")"
}

// plainRule is the exact rule of an operator whose template is the operator itself;
// nil if there is none.
func (w *writer) plainRule(op uint32, name string) *Rule {
	for _, rule := range w.d.byOp[op] {
		if rule.Mode == Exact && rule.Template == "{0} "+name+" {1}" && w.trusted(rule) {
			w.use(rule)
			return rule
		}
	}
	return nil
}

// trusted says whether the mode in force uses the rule.
func (w *writer) trusted(rule *Rule) bool { return w.Mode == PushOn || rule.Proof >= Exhaustive }

// arrayOperator renders x = ANY (list) and x <> ALL (list), which are IN and NOT IN.
func (w *writer) arrayOperator(n *ScalarArrayOp) string {
	elements, listed := arrayElementsOf(n.Right)
	if w.d.Native {
		return w.nativeArrayOperator(n, elements, listed)
	}
	in := n.Name == "=" && !n.All
	if !listed || !in && (n.Name != "<>" || !n.All) {
		return w.refuse("noRule", Signature(n)+" over an array")
	}
	rule := w.plainRule(n.Op, n.Name)
	if rule == nil {
		return w.refuse("noRule", Signature(n))
	}
	if len(elements) == 0 {
		return w.refuse("argument", "empty array")
	}
	args := w.operands(rule, append([]Expr{n.Left}, elements...))
	word := " IN ("
	if !in {
		word = " NOT IN ("
	}
	return "(" + args[0] + word + strings.Join(args[1:], ", ") + "))"
}

// arrayElementsOf lists the elements of an array that is written out.
func arrayElementsOf(e Expr) ([]Expr, bool) {
	switch n := e.(type) {
	case *ArrayExpr:
		return n.Elements, !n.Nested
	case *Const:
		array, ok := n.Value.(pgtypes.Array)
		element, known := pgtypes.ElementType(n.Typ.OID)
		if !ok || !known || len(array.Dims) > 1 {
			return nil, false
		}
		list := make([]Expr, len(array.Elements))
		for i, v := range array.Elements {
			list[i] = &Const{Typed: Typed{Typ: pgtypes.Of(element), Coll: n.Coll}, Value: v}
		}
		return list, true
	}
	return nil, false
}

// byRule renders by the first rule whose conditions hold. It gives false when there
// is none; after a refusal it gives true.
func (w *writer) byRule(rules []*Rule, e Expr, args []Expr) (string, bool) {
	failed := ""
	for _, rule := range rules {
		if !w.trusted(rule) {
			failed = "unproven"
			continue
		}
		if rule.Mode == Superset && !w.positive {
			failed = "supersetNested"
			continue
		}
		if reason := w.unmet(rule, args); reason != "" {
			failed = reason
			continue
		}
		if rule.Rewrite != nil {
			rewritten, ok := rule.Rewrite(args)
			if !ok {
				failed = "argument"
				continue
			}
			args = rewritten
		}
		w.use(rule)
		if rule.Mode == Superset {
			w.mode, w.detail = Superset, Claim{Mode: Superset, Reason: "superset", Detail: Signature(e)}
		}
		return w.fill(rule.Template, w.operands(rule, args)), true
	}
	if failed != "" {
		return w.refuse(failed, Signature(e)), true
	}
	return "", false
}

func (w *writer) unmet(rule *Rule, args []Expr) string {
	context := RuleContext{Args: args, Dialect: w.d, Column: w.plainColumn}
	for _, c := range rule.When {
		if !c.Holds(context) {
			return c.Reason
		}
	}
	return ""
}

func (w *writer) plainColumn(e Expr) *TableColumn {
	if ref, ok := e.(*ColRef); ok {
		return w.columns[ref.ID]
	}
	return nil
}

// operands renders the arguments of a rule, and for a collated one puts the text
// collation on a constant, which leaves an index on the column usable, or else on
// the last argument.
func (w *writer) operands(rule *Rule, args []Expr) []string {
	texts := w.list(args)
	if !rule.Collated || w.d.TextCollation == "" || !w.needsCollation(args) {
		return texts
	}
	place := len(args) - 1
	for i := len(args) - 1; i >= 0; i-- {
		if collatable(args[i].Type()) && IsConstant(args[i]) && texts[i] != "NULL" {
			place = i
		}
	}
	texts[place] += " COLLATE " + w.d.TextCollation
	return texts
}

// needsCollation says that some column in args is text that does not compare by
// code point by itself.
func (w *writer) needsCollation(args []Expr) bool {
	for _, a := range args {
		if Any(a, func(n Expr) bool {
			if _, ok := n.(*CaseTest); ok && w.caseArg != nil {
				return w.needsCollation([]Expr{w.caseArg})
			}
			ref, ok := n.(*ColRef)
			return ok && collatable(ref.Typ) && !w.byteOrdered(ref)
		}) {
			return true
		}
	}
	return false
}

func (w *writer) byteOrdered(ref *ColRef) bool {
	if w.settled.Has(ref.ID) {
		return true
	}
	c := w.columns[ref.ID]
	return c != nil && c.Facts != nil && w.d.ByteOrdered != nil && w.d.ByteOrdered(c.Facts.Collation)
}

// fill puts arguments into a template and parentheses around what is no call.
func (w *writer) fill(template string, args []string) string {
	var b strings.Builder
	for rest := template; rest != ""; {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:open])
		shut := open + strings.IndexByte(rest[open:], '}')
		switch key := rest[open+1 : shut]; key {
		case "raise":
			w.guarded = true
			b.WriteString(w.d.Raise)
		default:
			arg := args[key[0]-'0']
			if strings.Count(template, rest[open:shut+1]) > 1 && !w.short(arg) {
				return w.refuse("repeatedArgument", "")
			}
			b.WriteString(arg)
		}
		rest = rest[shut+1:]
	}
	if isCall(template) {
		return b.String()
	}
	return "(" + b.String() + ")"
}

// isCall says that a template is a single call or argument, which needs no
// parentheses.
func isCall(template string) bool {
	if template == "{0}" {
		return true
	}
	open := strings.IndexByte(template, '(')
	if open <= 0 || template[len(template)-1] != ')' {
		return false
	}
	for i := range open {
		if classes[template[i]]&(classNameStart|classDigit) == 0 {
			return false
		}
	}
	depth := 0
	for i := open; i < len(template)-1; i++ {
		switch template[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return false
			}
		}
	}
	return true
}

// equality is the operator by which values of a type are equal; 0 if none.
func equality(t pgtypes.Type) uint32 {
	_, equal, _ := pgbuiltin.SortOperators(t.OID)
	if equal == 0 {
		equal = pgbuiltin.HashEquality(t.OID)
	}
	return equal
}
