package translate

import (
	"fmt"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// ClaimMode is how far a source's answer can be trusted.
type ClaimMode uint8

// None: stays in the gateway. Superset: a condition that keeps all rows that the
// exact one keeps, which the gateway applies again; only for conjuncts of WHERE and
// of inner joins. Exact: the same value, NULLs and errors.
const (
	None ClaimMode = iota
	Superset
	Exact
)

// Claim is the answer to whether something can be pushed.
type Claim struct {
	Mode ClaimMode
	// Reason is why Mode is not Exact: a short word such as noRule, textCollation,
	// volatile, stable, literal, argument, version. EXPLAIN prints it.
	Reason string
	// Detail names what the reason is about: a signature, a column.
	Detail string
}

// Rule is a dialect's claim on one operator, function, cast or aggregate. A rule
// for a signature is tried in the order of Dialect.Rules until one's conditions
// hold.
type Rule struct {
	// Of is the resolved signature: "+(int4,int4)", "date_trunc(text,timestamp)",
	// "cast(int4,int8)", "count(*)". Several may share a rule, separated by blanks.
	Of string
	// Mode is Exact unless set.
	Mode ClaimMode
	// Template is the SQL with {0}, {1} for arguments and {raise} for the dialect's
	// failing expression. An argument that occurs more than once must be short.
	Template string
	When     []Condition
	// Rewrite, if set, changes the arguments before they are rendered; false means that
	// the rule does not fit.
	Rewrite func(args []Expr) ([]Expr, bool)
	// Proof says why the rule is right. Only Algebraic and Exhaustive ones are used in
	// mode safe.
	Proof Proof
	// Raises are the SQLSTATEs that Postgres raises here; the template raises too.
	Raises []string
	// Falls says that the template also fails for results beyond the source's range; the
	// gateway then answers (see Rendered.Guarded).
	Falls bool
	// Row cites the row of the semantics table: its area and expression.
	Row string
	// Collated says that the arguments are text and compare by code point: the dialect's
	// TextCollation is put on one of them.
	Collated bool
}

// Proof is why a rule is believed.
type Proof uint8

// The proofs: reviewed and run on a grid only; also on random values; over all
// values; follows from the definitions.
const (
	Reviewed Proof = iota
	Random
	Exhaustive
	Algebraic
)

// Condition is what must hold of the arguments and the backend for a rule.
type Condition struct {
	// Reason is reported when the condition fails.
	Reason string
	Holds  func(c RuleContext) bool
}

// RuleContext is what a condition may look at.
type RuleContext struct {
	Args    []Expr
	Dialect *Dialect
	// Column finds the table column that an expression plainly is, nil if none.
	Column func(Expr) *TableColumn
}

// ConstArg asks that argument i be a constant other than NULL.
func ConstArg(i int) Condition {
	return Condition{"argument", func(c RuleContext) bool { return ConstValue(c.Args[i]) != nil }}
}

// ConstOneOf asks that argument i be one of some text constants.
func ConstOneOf(i int, values ...string) Condition {
	return Condition{"argument", func(c RuleContext) bool {
		s, ok := ConstValue(c.Args[i]).(string)
		for _, v := range values {
			if ok && strings.EqualFold(s, v) {
				return true
			}
		}
		return false
	}}
}

// ConstMatches asks that argument i be a text constant that ok accepts.
func ConstMatches(i int, accept func(string) bool) Condition {
	return Condition{"argument", func(c RuleContext) bool {
		s, ok := ConstValue(c.Args[i]).(string)
		return ok && accept(s)
	}}
}

// NonZeroConst asks that argument i be an integer constant that is neither 0 nor -1.
func NonZeroConst(i int) Condition {
	return Condition{"argument", func(c RuleContext) bool {
		v, ok := IntegerValue(c.Args[i])
		return ok && v != 0 && v != -1
	}}
}

// ProductAtLeast asks for a product of at least a version.
func ProductAtLeast(product string, major, minor int) Condition {
	return Condition{"version", func(c RuleContext) bool {
		return c.Dialect.Product == product && c.Dialect.Version.AtLeast(major, minor)
	}}
}

// ConstValue is the value of a Const, seen through casts that change no value; nil
// for anything else.
func ConstValue(e Expr) pgtypes.Datum {
	switch e := e.(type) {
	case *Const:
		return e.Value
	case *Cast:
		if e.Method == CastBinary {
			return ConstValue(e.Arg)
		}
	case *Collate:
		return ConstValue(e.Arg)
	}
	return nil
}

// IntegerValue is the value of an integer constant, seen through casts between
// integer types.
func IntegerValue(e Expr) (int64, bool) {
	if c, ok := e.(*Cast); ok && integral(c.Typ) && integral(c.Arg.Type()) {
		v, ok := IntegerValue(c.Arg)
		return v, ok && (c.Typ.OID == pgtypes.OIDInt8 || v == int64(int16(v)))
	}
	switch v := ConstValue(e).(type) {
	case int32:
		return int64(v), integral(e.Type())
	case int64:
		return v, integral(e.Type())
	}
	return 0, false
}

func integral(t pgtypes.Type) bool {
	return t.OID == pgtypes.OIDInt2 || t.OID == pgtypes.OIDInt4 || t.OID == pgtypes.OIDInt8
}

type castSignature struct{ from, to uint32 }

// compile indexes the rules by OID. Signatures that are not PostgreSQL 15's are
// faults, which tests report.
func (d *Dialect) compile() {
	d.compiled.Do(func() {
		d.byOp, d.byProc, d.byCast = map[uint32][]*Rule{}, map[uint32][]*Rule{}, map[castSignature][]*Rule{}
		for i := range d.Rules {
			rule := &d.Rules[i]
			if rule.Mode == None {
				rule.Mode = Exact
			}
			for _, signature := range strings.Fields(rule.Of) {
				if !d.index(rule, signature) {
					d.faults = append(d.faults, fmt.Sprintf("rule for %s: no such operator, function or cast", signature))
				}
			}
		}
	})
}

// RuleFaults lists rules whose signatures do not exist; tests want it empty.
func (d *Dialect) RuleFaults() []string {
	d.compile()
	return d.faults
}

func (d *Dialect) index(rule *Rule, signature string) bool {
	open := strings.IndexByte(signature, '(')
	if open <= 0 || !strings.HasSuffix(signature, ")") {
		return false
	}
	name := signature[:open]
	args, ok := signatureTypes(signature[open+1 : len(signature)-1])
	if !ok {
		return false
	}
	if name == "cast" {
		d.byCast[castSignature{args[0], args[1]}] = append(d.byCast[castSignature{args[0], args[1]}], rule)
		return true
	}
	if !isName(name) {
		left, right := uint32(0), args[len(args)-1]
		if len(args) == 2 {
			left = args[0]
		}
		o := pgbuiltin.OperatorExact(name, left, right)
		if o != nil {
			d.byOp[o.OID] = append(d.byOp[o.OID], rule)
		}
		return o != nil
	}
	for _, p := range pgbuiltin.Procs(name) {
		if p.Namespace == pgbuiltin.NamespacePgCatalog && sameTypes(p.Args, args) {
			d.byProc[p.OID] = append(d.byProc[p.OID], rule)
			return true
		}
	}
	return false
}

func signatureTypes(list string) ([]uint32, bool) {
	if list == "" || list == "*" {
		return nil, true
	}
	var types []uint32
	for _, name := range strings.Split(list, ",") {
		t := pgbuiltin.TypeByName("", name)
		if t == nil {
			return nil, false
		}
		types = append(types, t.OID)
	}
	return types, true
}

func isName(s string) bool { return classes[s[0]]&classNameStart != 0 }

func sameTypes(a, b []uint32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Signature names what an expression node calls, as Rule.Of does; "" for nodes that
// call nothing.
func Signature(e Expr) string {
	switch n := e.(type) {
	case *OpExpr:
		return operatorSignature(n.Op, n.Name)
	case *FuncExpr:
		return procSignature(n.Proc, n.Name)
	case *AggCall:
		if n.Star {
			return n.Name + "(*)"
		}
		return procSignature(n.Proc, n.Name)
	case *WindowCall:
		return procSignature(n.Proc, n.Name)
	case *Cast:
		return "cast(" + typeLabel(n.Arg.Type().OID) + "," + typeLabel(n.Typ.OID) + ")"
	case *ScalarArrayOp:
		return operatorSignature(n.Op, n.Name)
	case *Distinct:
		return operatorSignature(n.Op, "=")
	case *NullIf:
		return operatorSignature(n.Op, "=")
	}
	return ""
}

func operatorSignature(oid uint32, name string) string {
	o := pgbuiltin.OperatorByOID(oid)
	if o == nil {
		return name
	}
	if o.Left == 0 {
		return o.Name + "(" + typeLabel(o.Right) + ")"
	}
	return o.Name + "(" + typeLabel(o.Left) + "," + typeLabel(o.Right) + ")"
}

func procSignature(oid uint32, name string) string {
	p := pgbuiltin.ProcByOID(oid)
	if p == nil {
		return name
	}
	labels := make([]string, len(p.Args))
	for i, a := range p.Args {
		labels[i] = typeLabel(a)
	}
	return p.Name + "(" + strings.Join(labels, ",") + ")"
}

func typeLabel(oid uint32) string {
	if t := pgbuiltin.TypeByOID(oid); t != nil {
		return t.Name
	}
	return fmt.Sprint(oid)
}
