package pgbuiltin

import "sync"

// Operator is a row of pg_operator.
type Operator struct {
	OID         uint32
	Name        string
	Left        uint32 // 0 for a prefix operator
	Right       uint32
	Result      uint32
	Commutator  uint32
	Negator     uint32
	Proc        uint32
	CanMerge    bool
	CanHash     bool
	Restriction uint32 // oprrest
}

var operators = table("pg_operator", []string{
	"oid", "oprname", "oprleft", "oprright", "oprresult", "oprcom", "oprnegate", "oprcode", "oprcanmerge", "oprcanhash", "oprrest",
}, func(c []string) Operator {
	return Operator{
		OID: parseOID(c[0]), Name: unescape(c[1]), Left: parseOID(c[2]), Right: parseOID(c[3]), Result: parseOID(c[4]),
		Commutator: parseOID(c[5]), Negator: parseOID(c[6]), Proc: parseOID(c[7]), CanMerge: parseBool(c[8]),
		CanHash: parseBool(c[9]), Restriction: parseOID(c[10]),
	}
})

type operatorKey struct {
	name        string
	left, right uint32
}

var (
	operatorsByOID  = index(operators, func(o *Operator) uint32 { return o.OID })
	operatorsByName = multi(operators, func(o *Operator) string { return o.Name })
	operatorsExact  = index(operators, func(o *Operator) operatorKey { return operatorKey{o.Name, o.Left, o.Right} })
)

// AllOperators are all rows of pg_operator.
func AllOperators() []Operator { return operators() }

// OperatorByOID finds an operator, or gives nil.
func OperatorByOID(oid uint32) *Operator { return operatorsByOID()[oid] }

// Operators are the operators of a name; prefix ones have Left 0.
func Operators(name string) []*Operator { return operatorsByName()[name] }

// OperatorExact finds the operator of exactly these argument types, or gives nil.
func OperatorExact(name string, left, right uint32) *Operator {
	return operatorsExact()[operatorKey{name, left, right}]
}

// Cast is a row of pg_cast.
type Cast struct {
	Source, Target uint32
	Func           uint32
	Context        byte // i implicit, a assignment, e explicit
	Method         byte // b binary, f function, i through text
}

type castKey struct{ source, target uint32 }

var casts = table("pg_cast", []string{"castsource", "casttarget", "castfunc", "castcontext", "castmethod"}, func(c []string) Cast {
	return Cast{
		Source: parseOID(c[0]), Target: parseOID(c[1]), Func: parseOID(c[2]), Context: parseByte(c[3]), Method: parseByte(c[4]),
	}
})

var castsByTypes = index(casts, func(c *Cast) castKey { return castKey{c.Source, c.Target} })

// CastBetween finds the row of pg_cast, or gives nil.
func CastBetween(source, target uint32) *Cast { return castsByTypes()[castKey{source, target}] }

// Access methods.
const (
	BtreeAM uint32 = 403
	HashAM  uint32 = 405
)

// Opclass is a row of pg_opclass.
type Opclass struct {
	OID, Method, Family, Input uint32
	Name                       string
	Default                    bool
}

var opclasses = table("pg_opclass", []string{"oid", "opcmethod", "opcfamily", "opcintype", "opcname", "opcdefault"}, func(c []string) Opclass {
	return Opclass{
		OID: parseOID(c[0]), Method: parseOID(c[1]), Family: parseOID(c[2]), Input: parseOID(c[3]),
		Name: unescape(c[4]), Default: parseBool(c[5]),
	}
})

// Opclasses are all rows of pg_opclass.
func Opclasses() []Opclass { return opclasses() }

// FamilyMember is a row of pg_amop.
type FamilyMember struct {
	Family, Left, Right uint32
	Strategy            int
	Operator, Method    uint32
}

var familyMembers = table("pg_amop", []string{"amopfamily", "amoplefttype", "amoprighttype", "amopstrategy", "amopopr", "amopmethod"}, func(c []string) FamilyMember {
	return FamilyMember{parseOID(c[0]), parseOID(c[1]), parseOID(c[2]), parseInt(c[3]), parseOID(c[4]), parseOID(c[5])}
})

var (
	membersByOperator = multi(familyMembers, func(m *FamilyMember) uint32 { return m.Operator })
	membersByKey      = index(familyMembers, func(m *FamilyMember) memberKey {
		return memberKey{m.Family, m.Left, m.Right, m.Strategy}
	})
)

type memberKey struct {
	family, left, right uint32
	strategy            int
}

// FamilyMembers are the operator families that an operator is in.
func FamilyMembers(operator uint32) []*FamilyMember { return membersByOperator()[operator] }

// FamilyOperator is the operator of a strategy in a family, 0 if there is none.
func FamilyOperator(family, left, right uint32, strategy int) uint32 {
	if m := membersByKey()[memberKey{family, left, right, strategy}]; m != nil {
		return m.Operator
	}
	return 0
}

var defaultOpclasses = sync.OnceValue(func() map[castKey]*Opclass {
	all := opclasses()
	m := map[castKey]*Opclass{}
	for i := range all {
		if all[i].Default {
			m[castKey{all[i].Method, all[i].Input}] = &all[i]
		}
	}
	return m
})

// DefaultOpclass is the default operator class of a method for a type, as
// GetDefaultOpClass finds it: the type's own, else that of the type it is binary
// coercible to. It gives nil when there is none.
func DefaultOpclass(method, typ uint32) *Opclass {
	m := defaultOpclasses()
	if t := TypeByOID(typ); t != nil && t.Kind == 'd' {
		typ = t.BaseType
	}
	if c := m[castKey{method, typ}]; c != nil {
		return c
	}
	return m[castKey{method, comparableAs(typ)}]
}

// comparableAs names the type whose operator class serves a type without its own.
func comparableAs(typ uint32) uint32 {
	const (
		text, oid                                          = 25, 26
		anyArray, record, anyEnum, anyRange, anyMultirange = 2277, 2249, 3500, 3831, 4537
	)
	t := TypeByOID(typ)
	if t == nil {
		return 0
	}
	switch {
	case t.IsTrueArray():
		return anyArray
	case t.Kind == 'c' || typ == record:
		return record
	case t.Kind == 'e':
		return anyEnum
	case t.Kind == 'r':
		return anyRange
	case t.Kind == 'm':
		return anyMultirange
	}
	for _, preferred := range []uint32{text, oid} {
		if c := CastBetween(typ, preferred); c != nil && c.Method == 'b' && c.Context == 'i' {
			return preferred
		}
	}
	if c := CastBetween(typ, 869); c != nil && c.Method == 'b' && c.Context == 'i' {
		return 869 // inet, for cidr
	}
	if c := CastBetween(typ, 1562); c != nil && c.Method == 'b' && c.Context == 'i' {
		return 1562 // varbit, for bit
	}
	return 0
}

// SortOperators are the operators that order values of a type, 0 where the type
// has no default btree operator class.
func SortOperators(typ uint32) (less, equal, greater uint32) {
	c := DefaultOpclass(BtreeAM, typ)
	if c == nil {
		return 0, 0, 0
	}
	return FamilyOperator(c.Family, c.Input, c.Input, 1),
		FamilyOperator(c.Family, c.Input, c.Input, 3),
		FamilyOperator(c.Family, c.Input, c.Input, 5)
}

// HashEquality is the equality that hashing of a type goes with, 0 if none.
func HashEquality(typ uint32) uint32 {
	c := DefaultOpclass(HashAM, typ)
	if c == nil {
		return 0
	}
	return FamilyOperator(c.Family, c.Input, c.Input, 1)
}
