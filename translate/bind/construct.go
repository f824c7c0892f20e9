package bind

import (
	"strconv"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// row is transformRowExpr.
func (s *scope) row(n *translate.RowNode) (translate.Expr, error) {
	out := &translate.RowExpr{Typed: typed(pgtypes.OIDRecord, n.Pos)}
	for _, arg := range n.Args {
		if fields, ok, err := s.expandStar(arg); err != nil {
			return nil, err
		} else if ok {
			for _, f := range fields {
				out.Fields = append(out.Fields, f.expr)
			}
			continue
		}
		e, err := s.expr(arg)
		if err != nil {
			return nil, err
		}
		out.Fields = append(out.Fields, e)
	}
	for i := range out.Fields {
		out.Names = append(out.Names, "f"+strconv.Itoa(i+1))
	}
	return out, nil
}

// array is transformArrayExpr. arrayType and elementType are given by a cast
// around it, else 0.
func (s *scope) array(n *translate.ArrayNode, arrayType, elementType uint32, typmod int32) (translate.Expr, error) {
	out := &translate.ArrayExpr{Typed: translate.Typed{Pos: n.Pos}}
	for _, item := range n.Elements {
		var e translate.Expr
		var err error
		if nested, ok := item.(*translate.ArrayNode); ok {
			out.Nested = true
			e, err = s.array(nested, arrayType, elementType, typmod)
		} else if e, err = s.expr(item); err == nil && elementOf(e.Type().OID) != 0 {
			out.Nested = true
		}
		if err != nil {
			return nil, err
		}
		out.Elements = append(out.Elements, e)
	}
	var err error
	if arrayType != 0 {
		err = s.b.castElements(out, arrayType, elementType, typmod)
	} else {
		err = s.b.unifyElements(out)
	}
	return out, err
}

// castElements makes the elements what an explicit cast of the whole asks for.
func (b *binder) castElements(a *translate.ArrayExpr, arrayType, elementType uint32, typmod int32) error {
	a.Typ, a.ElementType = pgtypes.Of(arrayType), elementType
	a.Coll = typeCollation(arrayType)
	target := pgtypes.Type{OID: elementType, Typmod: typmod}
	if a.Nested {
		target = pgtypes.Type{OID: arrayType, Typmod: typmod}
	}
	for i, e := range a.Elements {
		out, err := b.coerceTo(e, target, explicit, 0)
		if err != nil {
			return err
		}
		if out == nil {
			return b.cannotCast(e.Type().OID, target.OID, exprPos(e))
		}
		a.Elements[i] = out
	}
	return nil
}

func (b *binder) unifyElements(a *translate.ArrayExpr) error {
	if len(a.Elements) == 0 {
		return b.errorAt(a.Pos, pgerr.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
	}
	common, err := b.unify(a.Elements, "ARRAY")
	if err != nil {
		return err
	}
	if a.Nested {
		a.Typ, a.ElementType = pgtypes.Of(common), elementOf(common)
		if a.ElementType == 0 {
			return b.errorAt(a.Pos, pgerr.UndefinedObject, "could not find element type for data type %s", typeText(common))
		}
	} else {
		array := arrayOf(common)
		if array == 0 {
			return b.errorAt(a.Pos, pgerr.UndefinedObject, "could not find array type for data type %s", typeText(common))
		}
		a.Typ, a.ElementType = pgtypes.Of(array), common
	}
	a.Coll = resultCollation(a.Typ.OID, a.Elements)
	return nil
}

// indirection is transformIndirection: subscripts and fields in the order written.
func (s *scope) indirection(n *translate.Indirection) (translate.Expr, error) {
	e, err := s.expr(n.Arg)
	if err != nil {
		return nil, err
	}
	var indices []*translate.Indices
	for _, item := range n.Items {
		if i, ok := item.(*translate.Indices); ok {
			indices = append(indices, i)
			continue
		}
		if e, err = s.subscript(e, indices); err != nil {
			return nil, err
		}
		indices = nil
		field, ok := item.(*translate.Field)
		if !ok {
			return nil, s.b.errorAt(item.Position(), pgerr.FeatureNotSupported, "row expansion via \"*\" is not supported here")
		}
		if e, err = s.field(e, field.Name, translate.Leftmost(n)); err != nil {
			return nil, err
		}
	}
	return s.subscript(e, indices)
}

// field selects a field of a composite value.
func (s *scope) field(e translate.Expr, name string, pos int) (translate.Expr, error) {
	names, types := s.b.compositeFields(e)
	for i := range names {
		if names[i] != name {
			continue
		}
		if row, ok := e.(*translate.RowExpr); ok {
			return row.Fields[i], nil
		}
		t := typed(types[i].OID, pos)
		t.Typ = types[i]
		return &translate.FieldSelect{Typed: t, Arg: e, Field: i, Name: name}, nil
	}
	oid := e.Type().OID
	if row, ok := e.(*translate.RowExpr); ok && s.b.wholeRows[row] != "" {
		return nil, s.b.errorAt(pos, pgerr.UndefinedColumn, "column %s.%s does not exist", s.b.wholeRows[row], name)
	}
	switch {
	case isComposite(oid):
		return nil, s.b.errorAt(pos, pgerr.UndefinedColumn, "column \"%s\" not found in data type %s", name, typeText(oid))
	case oid == pgtypes.OIDRecord:
		return nil, s.b.errorAt(pos, pgerr.UndefinedColumn, "could not identify column \"%s\" in record data type", name)
	default:
		return nil, s.b.errorAt(pos, pgerr.WrongObjectType, "column notation .%s applied to type %s, which is not a composite type", name, typeText(oid))
	}
}

// compositeFields are the fields of a value whose row type is known.
func (b *binder) compositeFields(e translate.Expr) ([]string, []pgtypes.Type) {
	switch n := e.(type) {
	case *translate.RowExpr:
		var types []pgtypes.Type
		for _, f := range n.Fields {
			types = append(types, f.Type())
		}
		return n.Names, types
	case *translate.ColRef:
		if f := b.info(n.ID).fields; f != nil {
			return f.names, f.types
		}
	case *translate.FuncExpr:
		if names, oids := b.outColumns(n); len(names) > 1 {
			types := make([]pgtypes.Type, len(oids))
			for i, oid := range oids {
				types[i] = pgtypes.Of(oid)
			}
			return names, types
		}
	}
	return nil, nil
}

// outColumns are the columns that a call's OUT arguments make, polymorphic ones
// by its actual arguments (resolve_polymorphic_argtypes).
func (b *binder) outColumns(call *translate.FuncExpr) (names []string, types []uint32) {
	p := b.proc(call.Proc)
	if p == nil {
		return nil, nil
	}
	names, types = p.OutColumns()
	if len(call.Args) != len(p.Args) {
		return names, types
	}
	actual := make([]uint32, len(call.Args))
	for i, a := range call.Args {
		actual[i] = a.Type().OID
	}
	for i, t := range types {
		if _, result, err := enforceGenerics(actual, p.Args, t, true); err == nil {
			types[i] = result
		}
	}
	return names, types
}

// subscript is transformContainerSubscripts.
func (s *scope) subscript(e translate.Expr, indices []*translate.Indices) (translate.Expr, error) {
	if len(indices) == 0 {
		return e, nil
	}
	container := baseType(e.Type().OID)
	t := pgbuiltin.TypeByOID(container)
	if t == nil || t.Subscript == 0 {
		return nil, s.b.errorAt(exprPos(e), pgerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", typeText(e.Type().OID))
	}
	out := &translate.Subscript{Typed: translate.Typed{Pos: exprPos(e)}, Arg: e}
	for _, i := range indices {
		out.Slice = out.Slice || i.Slice
	}
	for _, i := range indices {
		if err := s.addSubscript(out, i, t); err != nil {
			return nil, err
		}
	}
	switch {
	case out.Slice, t.OID == pgtypes.OIDJSONB:
		out.Typ = pgtypes.Type{OID: container, Typmod: e.Type().Typmod}
	default:
		out.Typ = pgtypes.Type{OID: t.Element, Typmod: e.Type().Typmod}
	}
	out.Coll = typeCollation(out.Typ.OID)
	if out.Coll != 0 && e.Collation() != 0 {
		out.Coll = e.Collation()
	}
	return out, nil
}

func (s *scope) addSubscript(out *translate.Subscript, i *translate.Indices, t *pgbuiltin.Type) error {
	bind := func(n translate.Node) (translate.Expr, error) {
		if n == nil {
			return nil, nil
		}
		e, err := s.expr(n)
		if err != nil {
			return nil, err
		}
		source := e.Type().OID
		if t.OID == pgtypes.OIDJSONB && source != pgtypes.OIDInt4 {
			return s.b.coerceTo(e, pgtypes.Of(pgtypes.OIDText), implicit, 0)
		}
		e, err = s.b.coerceTo(e, pgtypes.Of(pgtypes.OIDInt4), assignment, 0)
		if err == nil && e == nil {
			return nil, s.b.errorAt(translate.Leftmost(n), pgerr.DatatypeMismatch, "array subscript must have type integer")
		}
		return e, err
	}
	lower, err := bind(i.Lower)
	if err != nil {
		return err
	}
	upper, err := bind(i.Upper)
	if err != nil {
		return err
	}
	if out.Slice {
		// a[3] among slices means a[1:3].
		if !i.Slice && lower == nil {
			lower = &translate.Const{Typed: typed(pgtypes.OIDInt4, 0), Value: int32(1)}
		}
		out.Lower = append(out.Lower, lower)
	}
	out.Upper = append(out.Upper, upper)
	return nil
}

// valueFunction is the functions without parentheses: each is a call of its
// equivalent in pg_proc, with the precision as a modifier.
func (s *scope) valueFunction(n *translate.SQLValueFunction) (translate.Expr, error) {
	call := func(name string) translate.Expr {
		p := pgbuiltin.Procs(name)[0]
		return &translate.FuncExpr{Typed: typed(p.Result, n.Pos), Proc: p.OID, Name: name, Volatility: translate.Volatility(p.Volatility)}
	}
	convert := func(target uint32) (translate.Expr, error) {
		e, err := s.b.coerce(call("now"), pgtypes.Of(target), explicit, n.Pos)
		if err != nil || n.Precision < 0 {
			return e, err
		}
		return coerceTypmod(e, pgtypes.Type{OID: target, Typmod: min(n.Precision, 6)}, true, n.Pos)
	}
	switch n.Name {
	case "current_date":
		return convert(pgtypes.OIDDate)
	case "current_time":
		return convert(pgtypes.OIDTimetz)
	case "current_timestamp":
		return convert(pgtypes.OIDTimestamptz)
	case "localtime":
		return convert(pgtypes.OIDTime)
	case "localtimestamp":
		return convert(pgtypes.OIDTimestamp)
	case "current_catalog":
		return call("current_database"), nil
	case "session_user", "current_schema":
		return call(n.Name), nil
	default:
		return call("current_user"), nil
	}
}

// collate is transformCollateClause.
func (s *scope) collate(n *translate.CollateClause) (translate.Expr, error) {
	arg, err := s.expr(n.Arg)
	if err != nil {
		return nil, err
	}
	if oid := arg.Type().OID; typeCollation(oid) == 0 && oid != pgtypes.OIDUnknown {
		return nil, s.b.errorAt(n.Pos, pgerr.DatatypeMismatch, "collations are not supported by type %s", typeText(oid))
	}
	c := pgbuiltin.CollationByName(n.Name[len(n.Name)-1])
	if c == nil {
		return nil, s.b.errorAt(n.Pos, pgerr.UndefinedObject, "collation \"%s\" for encoding \"UTF8\" does not exist", dotted(n.Name))
	}
	s.b.sawCollate = true
	return &translate.Collate{Typed: translate.Typed{Typ: arg.Type(), Coll: c.OID, Pos: n.Pos}, Arg: arg}, nil
}
