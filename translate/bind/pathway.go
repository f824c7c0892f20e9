package bind

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// coercion is the context of a conversion, from the strictest.
type coercion uint8

const (
	implicit coercion = iota
	assignment
	explicit
)

func contextOf(c byte) coercion {
	switch c {
	case 'i':
		return implicit
	case 'a':
		return assignment
	default:
		return explicit
	}
}

// pathway is how one type converts to another; found is false when it does not.
type pathway struct {
	found  bool
	method translate.CastMethod
	proc   uint32
}

// findPathway is find_coercion_pathway.
func findPathway(target, source uint32, context coercion) pathway {
	source, target = baseType(source), baseType(target)
	if source == target {
		return pathway{found: true, method: translate.CastBinary}
	}
	if c := pgbuiltin.CastBetween(source, target); c != nil {
		if context < contextOf(c.Context) {
			return pathway{}
		}
		return pathway{found: true, method: translate.CastMethod(c.Method), proc: c.Func}
	}
	if p := arrayPathway(target, source, context); p.found {
		return p
	}
	if cat, _ := category(target); context >= assignment && cat == categoryString {
		return pathway{found: true, method: translate.CastIO}
	}
	if cat, _ := category(source); context >= explicit && cat == categoryString {
		return pathway{found: true, method: translate.CastIO}
	}
	return pathway{}
}

func arrayPathway(target, source uint32, context coercion) pathway {
	if target == pgtypes.OIDOidVector || target == pgtypes.OIDInt2Vector {
		return pathway{}
	}
	targetElement, sourceElement := elementOf(target), elementOf(source)
	if targetElement == 0 || sourceElement == 0 {
		return pathway{}
	}
	p := findPathway(targetElement, sourceElement, context)
	if !p.found {
		return pathway{}
	}
	return pathway{found: true, method: translate.CastArray, proc: p.proc}
}

// canCoerce is can_coerce_type.
func canCoerce(inputs, targets []uint32, context coercion) bool {
	generics := false
	for i, input := range inputs {
		target := targets[i]
		switch {
		case input == target, target == pgtypes.OIDAny:
		case isPolymorphic(target):
			generics = true
		case input == pgtypes.OIDUnknown:
		case findPathway(target, input, context).found:
		case input == pgtypes.OIDRecord && isComposite(target):
		case target == pgtypes.OIDRecord && isComposite(input):
		case target == pgtypes.OIDRecordArray && isComposite(elementOf(input)):
		default:
			return false
		}
	}
	return !generics || genericsConsistent(inputs, targets)
}

func canCoerceOne(input, target uint32, context coercion) bool {
	return canCoerce([]uint32{input}, []uint32{target}, context)
}

// isBinaryCoercible is IsBinaryCoercible.
func isBinaryCoercible(source, target uint32) bool {
	if source == target || target == pgtypes.OIDAny || target == pgtypes.OIDAnyElement || target == pgtypes.OIDAnyCompatible {
		return true
	}
	source = baseType(source)
	if source == target {
		return true
	}
	t := pgbuiltin.TypeByOID(source)
	switch target {
	case pgtypes.OIDAnyArray, pgtypes.OIDAnyCompatibleArray:
		return elementOf(source) != 0
	case pgtypes.OIDAnyNonArray, pgtypes.OIDAnyCompatibleNonArray:
		return elementOf(source) == 0
	case pgtypes.OIDAnyEnum:
		return t != nil && t.Kind == 'e'
	case pgtypes.OIDAnyRange, oidAnyCompatibleRange:
		return t != nil && t.Kind == 'r'
	case oidAnyMultirange, oidAnyCompatibleMultirange:
		return t != nil && t.Kind == 'm'
	case pgtypes.OIDRecord:
		return isComposite(source)
	case pgtypes.OIDRecordArray:
		return isComposite(elementOf(source))
	}
	c := pgbuiltin.CastBetween(source, target)
	return c != nil && c.Method == 'b' && c.Context == 'i'
}
