package bind

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// coerceTo is coerce_to_target_type: nil without an error when there is no way.
func (b *binder) coerceTo(e translate.Expr, target pgtypes.Type, context coercion, pos int) (translate.Expr, error) {
	if !canCoerceOne(e.Type().OID, target.OID, context) {
		return nil, nil
	}
	collate, isCollate := e.(*translate.Collate)
	if isCollate {
		e = collate.Arg
	}
	out, err := b.coerce(e, target, context, pos)
	if err != nil {
		return nil, err
	}
	out, err = coerceTypmod(out, target, context == explicit, pos)
	if err != nil {
		return nil, err
	}
	if isCollate && typeCollation(target.OID) != 0 {
		wrapped := *collate
		wrapped.Arg, wrapped.Typ = out, out.Type()
		return &wrapped, nil
	}
	return out, nil
}

// coerce is coerce_type: the caller has made sure that it can be done. It leaves
// modifiers alone.
func (b *binder) coerce(e translate.Expr, target pgtypes.Type, context coercion, pos int) (translate.Expr, error) {
	source := e.Type().OID
	switch target.OID {
	case source, pgtypes.OIDAny, pgtypes.OIDAnyElement, pgtypes.OIDAnyNonArray, pgtypes.OIDAnyCompatible, pgtypes.OIDAnyCompatibleNonArray:
		return e, nil
	case pgtypes.OIDAnyArray, pgtypes.OIDAnyEnum, pgtypes.OIDAnyRange, oidAnyMultirange, pgtypes.OIDAnyCompatibleArray,
		oidAnyCompatibleRange, oidAnyCompatibleMultirange:
		if source != pgtypes.OIDUnknown {
			return e, nil
		}
	}
	if source == pgtypes.OIDUnknown {
		switch n := e.(type) {
		case *translate.Const:
			return b.coerceLiteral(n, target, pos)
		case *translate.Param:
			return n, b.coerceParam(n, target.OID)
		case *translate.Collate:
			arg, err := b.coerce(n.Arg, target, context, pos)
			if err != nil {
				return nil, err
			}
			return &translate.Collate{Typed: translate.Typed{Typ: arg.Type(), Coll: n.Coll, Pos: n.Pos}, Arg: arg}, nil
		default:
			return castNode(e, target.OID, pathway{method: translate.CastIO}, context, pos), nil
		}
	}
	return b.convert(e, target, context, pos)
}

// convert is coerce_type for a value of a known type.
func (b *binder) convert(e translate.Expr, target pgtypes.Type, context coercion, pos int) (translate.Expr, error) {
	source := e.Type().OID
	if p := findPathway(target.OID, source, context); p.found {
		base := baseType(target.OID)
		if source == base && base == target.OID {
			return e, nil
		}
		cast := castNode(e, target.OID, p, context, pos).(*translate.Cast)
		if proc := pgbuiltin.ProcByOID(p.proc); p.method == translate.CastFunc && proc != nil && len(proc.Args) > 1 {
			cast.Typ.Typmod = baseTypeWithMod(target).Typmod // the function itself enforces it: bit(n) of an integer
		}
		return cast, nil
	}
	if source == pgtypes.OIDRecord && isComposite(target.OID) || target.OID == pgtypes.OIDRecord && isComposite(source) {
		return castNode(e, target.OID, pathway{method: translate.CastRow}, context, pos), nil
	}
	if target.OID == pgtypes.OIDRecordArray && isComposite(elementOf(source)) {
		return castNode(e, target.OID, pathway{method: translate.CastBinary}, context, pos), nil
	}
	return nil, pgerr.Internal("failed to find conversion function from %s to %s", typeText(source), typeText(target.OID))
}

// castNode wraps e. A relabelling keeps e's modifier only when the type stays.
func castNode(e translate.Expr, target uint32, p pathway, context coercion, pos int) translate.Expr {
	collation := typeCollation(target)
	if c := e.Collation(); collation != 0 && c != 0 {
		collation = c
	}
	if pos == 0 {
		pos = exprPos(e)
	}
	return &translate.Cast{
		Typed: translate.Typed{Typ: pgtypes.Of(target), Coll: collation, Pos: pos},
		Arg:   e, Method: p.method, Proc: p.proc, Explicit: context == explicit,
	}
}

// coerceTypmod is coerce_type_typmod: enforce a modifier that the value does not
// have already.
func coerceTypmod(e translate.Expr, target pgtypes.Type, isExplicit bool, pos int) (translate.Expr, error) {
	target = baseTypeWithMod(target)
	if e.Type().Typmod == target.Typmod {
		return e, nil
	}
	if target.Typmod < 0 {
		// Nothing to compute, but the value no longer promises its modifier.
		if e.Type().OID != target.OID {
			return e, nil
		}
		return castNode(e, target.OID, pathway{method: translate.CastBinary}, explicit, pos), nil
	}
	proc, array := typmodFunction(target.OID)
	if proc == 0 {
		return e, nil
	}
	if pos == 0 {
		pos = exprPos(e)
	}
	method := translate.CastTypmod
	if array {
		method = translate.CastArray
	}
	return &translate.Cast{
		Typed: translate.Typed{Typ: target, Coll: e.Collation(), Pos: pos},
		Arg:   e, Method: method, Proc: proc, Explicit: isExplicit,
	}, nil
}

func baseTypeWithMod(t pgtypes.Type) pgtypes.Type {
	if p := pgbuiltin.TypeByOID(t.OID); p != nil && p.Kind == 'd' {
		return baseTypeOf(t)
	}
	return t
}

// typmodFunction is find_typmod_coercion_function; array says that it applies to
// the elements.
func typmodFunction(typ uint32) (proc uint32, array bool) {
	if element := elementOf(typ); element != 0 {
		typ, array = element, true
	}
	if c := pgbuiltin.CastBetween(typ, typ); c != nil {
		return c.Func, array
	}
	return 0, false
}

// coerceLiteral reads an unknown literal as a value of target.
func (b *binder) coerceLiteral(c *translate.Const, target pgtypes.Type, pos int) (translate.Expr, error) {
	base := baseTypeOf(target)
	out := &translate.Const{Typed: translate.Typed{Typ: pgtypes.Of(base.OID), Coll: typeCollation(target.OID), Pos: c.Pos}}
	if base.OID == pgtypes.OIDInterval {
		out.Typ.Typmod = base.Typmod
	}
	if pos != 0 {
		out.Pos = pos
	}
	var err error
	if c.Value != nil {
		if runTimeInput(base.OID) {
			return b.regLiteral(out, c.Value.(string), c.Pos)
		}
		out.Value, err = b.parse(out.Typ, c.Value.(string))
		if err != nil {
			return nil, at(err, c.Pos)
		}
	}
	if target.OID != base.OID {
		return castNode(out, target.OID, pathway{method: translate.CastBinary}, implicit, out.Pos), nil
	}
	return out, nil
}

// parse reads a literal by the session's style.
func (b *binder) parse(t pgtypes.Type, text string) (pgtypes.Datum, error) {
	return pgtypes.Parse(t, text, b.opts.Style)
}

// toBoolean is coerce_to_boolean; construct is "WHERE", "AND" and the like.
func (b *binder) toBoolean(e translate.Expr, construct string) (translate.Expr, error) {
	return b.toSpecific(e, pgtypes.OIDBool, construct)
}

// toSpecific is coerce_to_specific_type.
func (b *binder) toSpecific(e translate.Expr, target uint32, construct string) (translate.Expr, error) {
	if source := e.Type().OID; source != target {
		out, err := b.coerceTo(e, pgtypes.Of(target), assignment, 0)
		if err != nil {
			return nil, err
		}
		if out == nil {
			return nil, b.errorAt(exprPos(e), pgerr.DatatypeMismatch, "argument of %s must be type %s, not type %s",
				construct, typeText(target), typeText(source))
		}
		e = out
	}
	if returnsSet(e) {
		return nil, b.errorAt(exprPos(e), pgerr.DatatypeMismatch, "argument of %s must not return a set", construct)
	}
	return e, nil
}
