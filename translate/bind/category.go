package bind

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// The type categories that the rules name (pg_type.typcategory).
const (
	categoryInvalid = 0
	categoryString  = 'S'
)

// Pseudo-types that package pgtypes has no name for.
const (
	oidAnyMultirange           = 4537
	oidAnyCompatibleRange      = 5080
	oidAnyCompatibleMultirange = 4538
)

func category(oid uint32) (cat byte, preferred bool) {
	if t := pgbuiltin.TypeByOID(oid); t != nil {
		return t.Category, t.Preferred
	}
	return categoryInvalid, false
}

func isPreferred(cat byte, oid uint32) bool {
	c, preferred := category(oid)
	return preferred && (c == cat || cat == categoryInvalid)
}

// baseType looks through domains.
func baseType(oid uint32) uint32 {
	for {
		t := pgbuiltin.TypeByOID(oid)
		if t == nil || t.Kind != 'd' {
			return oid
		}
		oid = t.BaseType
	}
}

// baseTypeOf looks through domains and keeps the modifier of a domain over one.
func baseTypeOf(typ pgtypes.Type) pgtypes.Type {
	for {
		t := pgbuiltin.TypeByOID(typ.OID)
		if t == nil || t.Kind != 'd' {
			return typ
		}
		typ = pgtypes.Type{OID: t.BaseType, Typmod: t.Typmod}
	}
}

// elementOf is the element type of a true array, looking through domains; 0 if it is none.
func elementOf(oid uint32) uint32 {
	if t := pgbuiltin.TypeByOID(baseType(oid)); t != nil && t.IsTrueArray() {
		return t.Element
	}
	return 0
}

func arrayOf(oid uint32) uint32 {
	if t := pgbuiltin.TypeByOID(oid); t != nil {
		return t.Array
	}
	return 0
}

func isComposite(oid uint32) bool {
	t := pgbuiltin.TypeByOID(baseType(oid))
	return t != nil && t.Kind == 'c'
}

func typeCollation(oid uint32) uint32 {
	if t := pgbuiltin.TypeByOID(oid); t != nil {
		return t.Collation
	}
	return 0
}

func isPolymorphic(oid uint32) bool { return isAnyFamily(oid) || isCompatibleFamily(oid) }

func isAnyFamily(oid uint32) bool {
	switch oid {
	case pgtypes.OIDAnyElement, pgtypes.OIDAnyArray, pgtypes.OIDAnyNonArray, pgtypes.OIDAnyEnum, pgtypes.OIDAnyRange, oidAnyMultirange:
		return true
	}
	return false
}

func isCompatibleFamily(oid uint32) bool {
	switch oid {
	case pgtypes.OIDAnyCompatible, pgtypes.OIDAnyCompatibleArray, pgtypes.OIDAnyCompatibleNonArray, oidAnyCompatibleRange, oidAnyCompatibleMultirange:
		return true
	}
	return false
}
