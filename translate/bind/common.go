package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// chooser is the heart of select_common_type: it is given one type after another.
type chooser struct {
	typ       uint32
	cat       byte
	preferred bool
	allSame   bool
	started   bool
}

// add takes the next type; false means that the categories do not match.
func (c *chooser) add(next uint32) bool {
	if !c.started {
		c.started, c.allSame = true, true
		c.typ = next
		base := c.typ
		if next != pgtypes.OIDUnknown {
			base = baseType(next)
		}
		c.cat, c.preferred = category(base)
		return true
	}
	if next == c.typ {
		return true
	}
	if c.allSame {
		// From the first difference on, domains count as their base types.
		c.allSame = false
		c.typ = baseType(c.typ)
	}
	base := baseType(next)
	if base == pgtypes.OIDUnknown || base == c.typ {
		return true
	}
	cat, preferred := category(base)
	switch {
	case c.typ == pgtypes.OIDUnknown:
		c.typ, c.cat, c.preferred = base, cat, preferred
	case cat != c.cat:
		return false
	case !c.preferred && canCoerceOne(c.typ, base, implicit) && !canCoerceOne(base, c.typ, implicit):
		c.typ, c.cat, c.preferred = base, cat, preferred
	}
	return true
}

// result is the chosen type; all unknown gives text.
func (c *chooser) result() uint32 {
	if c.typ == pgtypes.OIDUnknown {
		return pgtypes.OIDText
	}
	return c.typ
}

// commonType is select_common_type over expressions; what names the construct in
// the error text.
func (b *binder) commonType(exprs []translate.Expr, what string) (uint32, error) {
	c := chooser{}
	for _, e := range exprs {
		previous := c.typ
		if !c.add(e.Type().OID) {
			if c.typ != 0 {
				previous = c.typ
			}
			return 0, b.errorAt(exprPos(e), pgerr.DatatypeMismatch, "%s types %s and %s cannot be matched",
				what, typeText(previous), typeText(e.Type().OID))
		}
	}
	return c.result(), nil
}

// commonTypmod is select_common_typmod.
func commonTypmod(exprs []translate.Expr, typ uint32) int32 {
	typmod := int32(-1)
	for i, e := range exprs {
		t := e.Type()
		if t.OID != typ {
			return -1
		}
		if i == 0 {
			typmod = t.Typmod
		} else if t.Typmod != typmod {
			return -1
		}
	}
	return typmod
}

// toCommon is coerce_to_common_type.
func (b *binder) toCommon(e translate.Expr, target uint32, what string) (translate.Expr, error) {
	source := e.Type().OID
	if source == target {
		return e, nil
	}
	if canCoerceOne(source, target, implicit) {
		return b.coerce(e, pgtypes.Of(target), implicit, 0)
	}
	return nil, b.errorAt(exprPos(e), pgerr.CannotCoerce, "%s could not convert type %s to %s", what, typeText(source), typeText(target))
}

// unify gives all expressions their common type.
func (b *binder) unify(exprs []translate.Expr, what string) (uint32, error) {
	typ, err := b.commonType(exprs, what)
	if err != nil {
		return 0, err
	}
	for i := range exprs {
		if exprs[i], err = b.toCommon(exprs[i], typ, what); err != nil {
			return 0, err
		}
	}
	return typ, nil
}
