package translate

import (
	"strings"

	pgquery "github.com/pganalyze/pg_query_go/v6"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// exprs converts a list of expressions.
func (c *converter) exprs(nodes []*pgquery.Node) []Node {
	if len(nodes) == 0 {
		return nil
	}
	list := make([]Node, len(nodes))
	for i, n := range nodes {
		list[i] = c.expr(n)
	}
	return list
}

// expr converts an expression; a nil node gives nil.
func (c *converter) expr(node *pgquery.Node) Node {
	if node == nil {
		return nil
	}
	switch n := node.GetNode().(type) {
	case nil:
		return nil
	case *pgquery.Node_AConst:
		return c.constant(n.AConst)
	case *pgquery.Node_ColumnRef:
		return c.columnRef(n.ColumnRef)
	case *pgquery.Node_ParamRef:
		return &ParamRef{At: c.at(n.ParamRef.GetLocation()), Number: int(n.ParamRef.GetNumber())}
	case *pgquery.Node_AExpr:
		return c.operator(n.AExpr)
	case *pgquery.Node_BoolExpr:
		return c.boolean(n.BoolExpr)
	case *pgquery.Node_TypeCast:
		return &TypeCast{At: c.at(n.TypeCast.GetLocation()), Arg: c.expr(n.TypeCast.GetArg()), TypeName: c.typeName(n.TypeCast.GetTypeName())}
	case *pgquery.Node_CollateClause:
		return c.collate(n.CollateClause)
	case *pgquery.Node_FuncCall:
		return c.call(n.FuncCall)
	case *pgquery.Node_NamedArgExpr:
		return &NamedArg{At: c.at(n.NamedArgExpr.GetLocation()), Name: n.NamedArgExpr.GetName(), Arg: c.expr(n.NamedArgExpr.GetArg())}
	case *pgquery.Node_AIndirection:
		return &Indirection{Arg: c.expr(n.AIndirection.GetArg()), Items: c.indirection(n.AIndirection.GetIndirection())}
	case *pgquery.Node_AArrayExpr:
		return &ArrayNode{At: c.at(n.AArrayExpr.GetLocation()), Elements: c.exprs(n.AArrayExpr.GetElements())}
	case *pgquery.Node_SubLink:
		return c.subLink(n.SubLink)
	case *pgquery.Node_List:
		return &List{Items: c.exprs(n.List.GetItems())}
	default:
		return c.specialExpr(node)
	}
}

// specialExpr converts the expressions with a syntax of their own.
func (c *converter) specialExpr(node *pgquery.Node) Node {
	switch n := node.GetNode().(type) {
	case *pgquery.Node_CaseExpr:
		return c.caseExpr(n.CaseExpr)
	case *pgquery.Node_CoalesceExpr:
		return &CoalesceNode{At: c.at(n.CoalesceExpr.GetLocation()), Args: c.exprs(n.CoalesceExpr.GetArgs())}
	case *pgquery.Node_MinMaxExpr:
		return &MinMaxNode{
			At: c.at(n.MinMaxExpr.GetLocation()), Args: c.exprs(n.MinMaxExpr.GetArgs()),
			Greatest: n.MinMaxExpr.GetOp() == pgquery.MinMaxOp_IS_GREATEST,
		}
	case *pgquery.Node_RowExpr:
		return &RowNode{
			At: c.at(n.RowExpr.GetLocation()), Args: c.exprs(n.RowExpr.GetArgs()),
			Implicit: n.RowExpr.GetRowFormat() == pgquery.CoercionForm_COERCE_IMPLICIT_CAST,
		}
	case *pgquery.Node_NullTest:
		return &NullTestNode{
			At: c.at(n.NullTest.GetLocation()), Arg: c.expr(n.NullTest.GetArg()),
			Not: n.NullTest.GetNulltesttype() == pgquery.NullTestType_IS_NOT_NULL,
		}
	case *pgquery.Node_BooleanTest:
		return &BoolTestNode{
			At: c.at(n.BooleanTest.GetLocation()), Arg: c.expr(n.BooleanTest.GetArg()),
			Kind: BoolTestKind(n.BooleanTest.GetBooltesttype() - pgquery.BoolTestType_IS_TRUE),
		}
	case *pgquery.Node_GroupingFunc:
		return &GroupingNode{At: c.at(n.GroupingFunc.GetLocation()), Args: c.exprs(n.GroupingFunc.GetArgs())}
	case *pgquery.Node_GroupingSet:
		return &GroupingSet{
			At: c.at(n.GroupingSet.GetLocation()), Items: c.exprs(n.GroupingSet.GetContent()),
			Kind: GroupingSetKind(n.GroupingSet.GetKind() - pgquery.GroupingSetKind_GROUPING_SET_EMPTY),
		}
	case *pgquery.Node_SqlvalueFunction:
		return c.valueFunction(n.SqlvalueFunction)
	case *pgquery.Node_SetToDefault:
		return &SetToDefault{At: c.at(n.SetToDefault.GetLocation())}
	case *pgquery.Node_CurrentOfExpr:
		return &CurrentOf{Cursor: n.CurrentOfExpr.GetCursorName()}
	case *pgquery.Node_MultiAssignRef:
		return &MultiAssign{
			Source: c.expr(n.MultiAssignRef.GetSource()),
			Column: int(n.MultiAssignRef.GetColno()), Columns: int(n.MultiAssignRef.GetNcolumns()),
		}
	case *pgquery.Node_TypeName:
		return c.typeName(n.TypeName)
	case *pgquery.Node_AStar:
		return &Star{}
	default:
		return c.laterExpr(node)
	}
}

// laterExpr names the expressions that the gateway has not. Those that came after
// PostgreSQL 15 are syntax errors, but their position is only known roughly.
func (c *converter) laterExpr(node *pgquery.Node) Node {
	kind := strings.ToUpper(strings.TrimPrefix(nodeKind(node), "Node_"))
	location := int32(-1)
	switch n := node.GetNode().(type) {
	case *pgquery.Node_XmlExpr:
		kind, location = "xml expression", n.XmlExpr.GetLocation()
	case *pgquery.Node_XmlSerialize:
		kind, location = "XMLSERIALIZE", n.XmlSerialize.GetLocation()
	case *pgquery.Node_JsonIsPredicate:
		c.newer("json", c.wordAfter("json", n.JsonIsPredicate.GetLocation()))
	default:
		if strings.HasPrefix(kind, "JSON") {
			c.newer("json", -1)
		}
	}
	return &UnsupportedExpr{At: c.at(location), Kind: kind}
}

// newer refuses syntax that PostgreSQL 15 does not have.
func (c *converter) newer(near string, location int32) {
	c.fail(pgerr.New(pgerr.SyntaxError, "syntax error at or near \"%s\"", near).At(c.at(location).Pos))
}

// wordAfter finds a word's byte offset at or after an offset, -1 if it is not there.
func (c *converter) wordAfter(word string, offset int32) int32 {
	for scan := (Scanner{text: c.text, at: max(int(offset), 0)}); ; {
		t := scan.Next()
		switch {
		case t.Kind == TokenEnd || t.Kind == TokenMalformed:
			return -1
		case t.Kind == TokenIdentifier && equalFold(c.text[t.Start:t.End], word):
			return int32(t.Start)
		}
	}
}

func (c *converter) constant(n *pgquery.A_Const) Node {
	k := &AConst{At: c.at(n.GetLocation())}
	if n.GetIsnull() {
		return k
	}
	switch v := n.GetVal().(type) {
	case *pgquery.A_Const_Ival:
		k.Kind, k.Int = ConstInteger, v.Ival.GetIval()
	case *pgquery.A_Const_Fval:
		k.Kind, k.Text = ConstFloat, v.Fval.GetFval()
	case *pgquery.A_Const_Boolval:
		k.Kind, k.Bool = ConstBoolean, v.Boolval.GetBoolval()
	case *pgquery.A_Const_Sval:
		k.Kind, k.Text = ConstString, v.Sval.GetSval()
	case *pgquery.A_Const_Bsval:
		k.Kind, k.Text = ConstBitString, v.Bsval.GetBsval()
	}
	return k
}

func (c *converter) columnRef(n *pgquery.ColumnRef) *ColumnRef {
	ref := &ColumnRef{At: c.at(n.GetLocation()), Fields: make([]string, 0, len(n.GetFields()))}
	for _, f := range n.GetFields() {
		if f.GetAStar() != nil {
			ref.Star = true
			continue
		}
		ref.Fields = append(ref.Fields, f.GetString_().GetSval())
	}
	return ref
}

func (c *converter) indirection(nodes []*pgquery.Node) []Node {
	if len(nodes) == 0 {
		return nil
	}
	items := make([]Node, 0, len(nodes))
	for _, n := range nodes {
		switch i := n.GetNode().(type) {
		case *pgquery.Node_String_:
			items = append(items, &Field{Name: i.String_.GetSval()})
		case *pgquery.Node_AStar:
			items = append(items, &Star{})
		case *pgquery.Node_AIndices:
			items = append(items, &Indices{
				Slice: i.AIndices.GetIsSlice(), Lower: c.expr(i.AIndices.GetLidx()), Upper: c.expr(i.AIndices.GetUidx()),
			})
		}
	}
	return items
}

func (c *converter) operator(n *pgquery.A_Expr) Node {
	e := &AExpr{
		At: c.at(n.GetLocation()), Kind: AExprKind(n.GetKind() - pgquery.A_Expr_Kind_AEXPR_OP), Name: names(n.GetName()),
		Left: c.expr(n.GetLexpr()), Right: c.expr(n.GetRexpr()),
	}
	return e
}

func (c *converter) boolean(n *pgquery.BoolExpr) Node {
	return &BoolNode{
		At: c.at(n.GetLocation()), Kind: BoolKind(n.GetBoolop() - pgquery.BoolExprType_AND_EXPR), Args: c.exprs(n.GetArgs()),
	}
}

func (c *converter) collate(n *pgquery.CollateClause) *CollateClause {
	if n == nil {
		return nil
	}
	return &CollateClause{At: c.at(n.GetLocation()), Arg: c.expr(n.GetArg()), Name: names(n.GetCollname())}
}

func (c *converter) call(n *pgquery.FuncCall) Node {
	name := names(n.GetFuncname())
	syntax := n.GetFuncformat() == pgquery.CoercionForm_COERCE_SQL_SYNTAX
	if syntax && len(name) == 2 && name[1] == "system_user" {
		return &ColumnRef{At: c.at(n.GetLocation()), Fields: []string{"system_user"}} // a keyword since 16
	}
	return &FuncCall{
		At: c.at(n.GetLocation()), Name: name, Args: c.exprs(n.GetArgs()), OrderBy: c.sortBys(n.GetAggOrder()),
		Filter: c.expr(n.GetAggFilter()), Over: c.window(n.GetOver(), true), WithinGroup: n.GetAggWithinGroup(),
		Star: n.GetAggStar(), Distinct: n.GetAggDistinct(), Variadic: n.GetFuncVariadic(), SQLSyntax: syntax,
	}
}

func (c *converter) subLink(n *pgquery.SubLink) Node {
	s := &SubLink{At: c.at(n.GetLocation()), Test: c.expr(n.GetTestexpr()), Operator: names(n.GetOperName()), Query: c.query(n.GetSubselect())}
	switch n.GetSubLinkType() {
	case pgquery.SubLinkType_EXISTS_SUBLINK:
		s.Kind = SubLinkExists
	case pgquery.SubLinkType_ALL_SUBLINK:
		s.Kind = SubLinkAll
	case pgquery.SubLinkType_ANY_SUBLINK:
		s.Kind = SubLinkAny
	case pgquery.SubLinkType_ARRAY_SUBLINK:
		s.Kind = SubLinkArray
	default:
		s.Kind = SubLinkExpr
	}
	return s
}

func (c *converter) caseExpr(n *pgquery.CaseExpr) Node {
	e := &CaseNode{At: c.at(n.GetLocation()), Arg: c.expr(n.GetArg()), Else: c.expr(n.GetDefresult())}
	for _, w := range n.GetArgs() {
		when := w.GetCaseWhen()
		e.Whens = append(e.Whens, &CaseWhenNode{At: c.at(when.GetLocation()), Cond: c.expr(when.GetExpr()), Result: c.expr(when.GetResult())})
	}
	return e
}

// valueFunctions are the names in the order of the parser's enumeration; those
// with a precision repeat.
var valueFunctions = [...]string{
	"", "current_date", "current_time", "current_time", "current_timestamp", "current_timestamp", "localtime", "localtime",
	"localtimestamp", "localtimestamp", "current_role", "current_user", "user", "session_user", "current_catalog", "current_schema",
}

func (c *converter) valueFunction(n *pgquery.SQLValueFunction) Node {
	f := &SQLValueFunction{At: c.at(n.GetLocation()), Precision: n.GetTypmod()}
	if op := int(n.GetOp()); op < len(valueFunctions) {
		f.Name = valueFunctions[op]
	}
	return f
}

func (c *converter) typeName(n *pgquery.TypeName) *TypeName {
	if n == nil {
		return nil
	}
	t := &TypeName{
		At: c.at(n.GetLocation()), Names: names(n.GetNames()), Mods: c.exprs(n.GetTypmods()),
		Setof: n.GetSetof(), PctTyp: n.GetPctType(),
	}
	for _, b := range n.GetArrayBounds() {
		t.Bounds = append(t.Bounds, int(b.GetInteger().GetIval()))
	}
	return t
}

// names reads a list of strings.
func names(nodes []*pgquery.Node) []string {
	if len(nodes) == 0 {
		return nil
	}
	list := make([]string, 0, len(nodes))
	for _, n := range nodes {
		list = append(list, n.GetString_().GetSval())
	}
	return list
}
