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
