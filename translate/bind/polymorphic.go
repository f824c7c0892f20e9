package bind

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// generics collects what the actual arguments say of the two families of
// polymorphic types.
type generics struct {
	elem, array, rng, multi       uint32 // anyelement's family
	sawElement                    bool
	nonArray, enum                bool
	compatible                    []uint32 // candidates for anycompatible
	compatRange, compatMul        uint32
	sawCompatible, compatNonArray bool
}

// genericsConsistent is check_generic_type_consistency: may these actual types
// stand for the declared ones?
func genericsConsistent(actual, declared []uint32) bool {
	g, err := gather(actual, declared)
	if err != nil {
		return false
	}
	return g.settle() == nil
}

// gather reads the actual types; a conflict is an error.
func gather(actual, declared []uint32) (*generics, *pgerr.Error) {
	g := &generics{}
	for i, d := range declared {
		a := actual[i]
		switch d {
		case pgtypes.OIDAnyElement, pgtypes.OIDAnyNonArray, pgtypes.OIDAnyEnum:
			g.sawElement = true
			g.nonArray = g.nonArray || d == pgtypes.OIDAnyNonArray
			g.enum = g.enum || d == pgtypes.OIDAnyEnum
			if err := same(&g.elem, a, "anyelement"); err != nil {
				return nil, err
			}
		case pgtypes.OIDAnyArray:
			g.sawElement = true
			if err := same(&g.array, baseType(a), "anyarray"); err != nil {
				return nil, err
			}
		case pgtypes.OIDAnyRange:
			g.sawElement = true
			if err := same(&g.rng, baseType(a), "anyrange"); err != nil {
				return nil, err
			}
		case oidAnyMultirange:
			g.sawElement = true
			if err := same(&g.multi, baseType(a), "anymultirange"); err != nil {
				return nil, err
			}
		default:
			if isCompatibleFamily(d) {
				if err := g.gatherCompatible(a, d); err != nil {
					return nil, err
				}
			}
		}
	}
	return g, nil
}

// same notes a as the one actual type of a family member.
func same(slot *uint32, a uint32, name string) *pgerr.Error {
	if a == pgtypes.OIDUnknown {
		return nil
	}
	if *slot != 0 && *slot != a {
		return pgerr.New(pgerr.DatatypeMismatch, "arguments declared \"%s\" are not all alike", name).
			WithDetail("%s versus %s", typeText(*slot), typeText(a))
	}
	*slot = a
	return nil
}

func (g *generics) gatherCompatible(a, d uint32) *pgerr.Error {
	g.sawCompatible = true
	if a == pgtypes.OIDUnknown {
		g.compatNonArray = g.compatNonArray || d == pgtypes.OIDAnyCompatibleNonArray
		return nil
	}
	switch d {
	case pgtypes.OIDAnyCompatibleArray:
		element := elementOf(a)
		if element == 0 {
			return notA("argument declared %s is not an array but type %s", "anycompatiblearray", a)
		}
		g.compatible = append(g.compatible, element)
	case oidAnyCompatibleRange:
		if err := same(&g.compatRange, baseType(a), "anycompatiblerange"); err != nil {
			return err
		}
		r := pgbuiltin.RangeOf(baseType(a))
		if r == nil {
			return notA("argument declared %s is not a range type but type %s", "anycompatiblerange", a)
		}
		g.compatible = append(g.compatible, r.Subtype)
	case oidAnyCompatibleMultirange:
		if err := same(&g.compatMul, baseType(a), "anycompatiblemultirange"); err != nil {
			return err
		}
		r := pgbuiltin.RangeOfMultirange(baseType(a))
		if r == nil {
			return notA("argument declared %s is not a multirange type but type %s", "anycompatiblemultirange", a)
		}
		g.compatible = append(g.compatible, r.Subtype)
	default:
		g.compatNonArray = g.compatNonArray || d == pgtypes.OIDAnyCompatibleNonArray
		g.compatible = append(g.compatible, a)
	}
	return nil
}

func notA(format, declared string, a uint32) *pgerr.Error {
	return pgerr.New(pgerr.DatatypeMismatch, format, declared, typeText(a))
}

// settle derives the element type from arrays and ranges and checks the members
// against each other.
func (g *generics) settle() *pgerr.Error {
	if g.array != 0 && g.array != pgtypes.OIDAnyArray {
		element := elementOf(g.array)
		if element == 0 {
			return notA("argument declared %s is not an array but type %s", "anyarray", g.array)
		}
		if err := g.element(element, "anyarray", g.array, "anyelement"); err != nil {
			return err
		}
	}
	if g.multi != 0 {
		r := pgbuiltin.RangeOfMultirange(g.multi)
		if r == nil {
			return notA("argument declared %s is not a multirange type but type %s", "anymultirange", g.multi)
		}
		if g.rng == 0 {
			g.rng = r.Type
		}
	}
	if g.rng != 0 {
		r := pgbuiltin.RangeOf(g.rng)
		if r == nil {
			return notA("argument declared %s is not a range type but type %s", "anyrange", g.rng)
		}
		if err := g.element(r.Subtype, "anyrange", g.rng, "anyelement"); err != nil {
			return err
		}
	}
	if t := pgbuiltin.TypeByOID(g.elem); g.enum && t != nil && t.Kind != 'e' {
		return pgerr.New(pgerr.DatatypeMismatch, "type matched to anyenum is not an enum type: %s", typeText(g.elem))
	}
	if g.nonArray && g.elem != 0 && elementOf(g.elem) != 0 {
		return pgerr.New(pgerr.DatatypeMismatch, "type matched to anynonarray is an array type: %s", typeText(g.elem))
	}
	return g.settleCompatible()
}

func (g *generics) element(element uint32, from string, actual uint32, to string) *pgerr.Error {
	if g.elem == 0 {
		g.elem = element
	}
	if g.elem != element {
		return pgerr.New(pgerr.DatatypeMismatch, "argument declared %s is not consistent with argument declared %s", from, to).
			WithDetail("%s versus %s", typeText(actual), typeText(g.elem))
	}
	return nil
}

func (g *generics) settleCompatible() *pgerr.Error {
	if len(g.compatible) == 0 {
		return nil
	}
	common := commonTypeOf(g.compatible)
	if common == 0 {
		return pgerr.New(pgerr.DatatypeMismatch, "arguments of anycompatible family cannot be cast to a common type")
	}
	for _, c := range g.compatible {
		if !canCoerceOne(c, common, implicit) {
			return pgerr.New(pgerr.DatatypeMismatch, "arguments of anycompatible family cannot be cast to a common type")
		}
	}
	if g.compatNonArray && elementOf(common) != 0 {
		return pgerr.New(pgerr.DatatypeMismatch, "type matched to anycompatiblenonarray is an array type: %s", typeText(common))
	}
	g.compatible = []uint32{common}
	return nil
}

// commonTypeOf is select_common_type_from_oids: 0 when there is none.
func commonTypeOf(types []uint32) uint32 {
	c := chooser{}
	for _, t := range types {
		if !c.add(t) {
			return 0
		}
	}
	return c.result()
}

// enforceGenerics is enforce_generic_type_consistency: it replaces polymorphic
// declared types by actual ones and gives the result type.
func enforceGenerics(actual, declared []uint32, result uint32, allowPoly bool) ([]uint32, uint32, error) {
	polymorphic := isPolymorphic(result)
	for _, d := range declared {
		polymorphic = polymorphic || isPolymorphic(d)
	}
	if !polymorphic {
		return declared, result, nil
	}
	g, err := gather(actual, declared)
	if err == nil {
		err = g.settle()
	}
	if err != nil {
		return nil, 0, err
	}
	if g.sawElement && g.elem == 0 && g.array != pgtypes.OIDAnyArray && !allowPoly {
		return nil, 0, pgerr.New(pgerr.DatatypeMismatch, "could not determine polymorphic type because input has type unknown")
	}
	if g.sawCompatible && len(g.compatible) == 0 {
		// All arguments are unknown: text, as in UNION.
		g.compatible = []uint32{pgtypes.OIDText}
	}
	out := make([]uint32, len(declared))
	for i, d := range declared {
		if out[i], err = g.resolve(d, actual[i]); err != nil {
			return nil, 0, err
		}
	}
	r, err := g.resolve(result, 0)
	if err != nil {
		return nil, 0, err
	}
	return out, r, nil
}

// resolve gives the actual type for a declared one.
func (g *generics) resolve(d, actual uint32) (uint32, *pgerr.Error) {
	switch d {
	case pgtypes.OIDAnyElement, pgtypes.OIDAnyNonArray, pgtypes.OIDAnyEnum:
		if g.elem == 0 {
			return d, nil
		}
		return g.elem, nil
	case pgtypes.OIDAnyArray:
		if g.array != 0 {
			return g.array, nil
		}
		if a := arrayOf(g.elem); a != 0 {
			return a, nil
		}
		return 0, pgerr.New(pgerr.UndefinedObject, "could not find array type for data type %s", typeText(g.elem))
	case pgtypes.OIDAnyRange:
		if g.rng != 0 {
			return g.rng, nil
		}
	case oidAnyMultirange:
		if g.multi != 0 {
			return g.multi, nil
		}
		if r := pgbuiltin.RangeOf(g.rng); r != nil {
			return r.Multirange, nil
		}
	case pgtypes.OIDAnyCompatible, pgtypes.OIDAnyCompatibleNonArray:
		return g.compatible[0], nil
	case pgtypes.OIDAnyCompatibleArray:
		return arrayOf(g.compatible[0]), nil
	case oidAnyCompatibleRange:
		if g.compatRange != 0 {
			return g.compatRange, nil
		}
	case oidAnyCompatibleMultirange:
		if g.compatMul != 0 {
			return g.compatMul, nil
		}
	default:
		return d, nil
	}
	if actual == pgtypes.OIDUnknown {
		return actual, nil
	}
	return 0, pgerr.New(pgerr.DatatypeMismatch, "could not determine polymorphic type %s because input has type %s", typeText(d), "unknown")
}
