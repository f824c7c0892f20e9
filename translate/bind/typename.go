package bind

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// ResolveType finds the type that a written name means (typenameTypeIdAndMod).
// Positions in its errors are those of the name.
func ResolveType(n *translate.TypeName) (pgtypes.Type, error) {
	b := &binder{}
	return b.typeName(n)
}

func (b *binder) typeName(n *translate.TypeName) (pgtypes.Type, error) {
	t := lookupType(n.Names)
	if t != nil && len(n.Bounds) > 0 {
		t = pgbuiltin.TypeByOID(t.Array)
	}
	if t == nil && len(n.Names) > 1 && b.catalog != nil {
		if err := b.schemaExists(n.Names[len(n.Names)-2], n.Pos); err != nil {
			return pgtypes.Type{}, err
		}
	}
	if t == nil || n.PctTyp {
		return pgtypes.Type{}, b.errorAt(n.Pos, pgerr.UndefinedObject, "type \"%s\" does not exist", typeNameText(n))
	}
	typmod, err := b.typeModifier(n, t)
	return pgtypes.Type{OID: t.OID, Typmod: typmod}, err
}

// lookupType finds a type by its possibly qualified name.
func lookupType(names []string) *pgbuiltin.Type {
	name := names[len(names)-1]
	if len(names) > 1 {
		return pgbuiltin.TypeByName(names[len(names)-2], name)
	}
	return pgbuiltin.TypeByName("", name)
}

func typeNameText(n *translate.TypeName) string {
	text := strings.Join(n.Names, ".")
	if len(n.Bounds) > 0 {
		text += "[]"
	}
	return text
}

// typeModifier is typenameTypeMod with the type's typmodin function.
func (b *binder) typeModifier(n *translate.TypeName, t *pgbuiltin.Type) (int32, error) {
	if len(n.Mods) == 0 {
		return -1, nil
	}
	scalar := t.OID
	if e := elementOf(t.OID); e != 0 {
		scalar = e
	}
	if st := pgbuiltin.TypeByOID(scalar); st == nil || st.TypmodIn == 0 {
		return 0, b.errorAt(n.Pos, pgerr.SyntaxError, "type modifier is not allowed for type \"%s\"", typeNameText(n))
	}
	mods := make([]int32, len(n.Mods))
	for i, m := range n.Mods {
		c, ok := m.(*translate.AConst)
		if !ok || c.Kind != translate.ConstInteger {
			if ok && (c.Kind == translate.ConstFloat || c.Kind == translate.ConstString) {
				v, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDInt4), c.Text, b.opts.Style)
				if err != nil {
					return 0, at(err, n.Pos)
				}
				mods[i] = v.(int32)
				continue
			}
			return 0, b.errorAt(n.Pos, pgerr.SyntaxError, "type modifiers must be simple constants or identifiers")
		}
		mods[i] = c.Int
	}
	typmod, err := makeTypmod(scalar, mods)
	return typmod, at(err, n.Pos)
}

// makeTypmod is what the typmodin function of a type makes of its modifiers.
func makeTypmod(typ uint32, mods []int32) (int32, error) {
	switch typ {
	case pgtypes.OIDNumeric:
		return numericTypmod(mods)
	case pgtypes.OIDVarchar:
		return lengthTypmod("varchar", mods, 10485760, 4)
	case pgtypes.OIDBpchar:
		return lengthTypmod("char", mods, 10485760, 4)
	case pgtypes.OIDBit:
		return lengthTypmod("bit", mods, 83886080, 0)
	case pgtypes.OIDVarbit:
		return lengthTypmod("varbit", mods, 83886080, 0)
	case pgtypes.OIDTime:
		return precisionTypmod("TIME", "", mods)
	case pgtypes.OIDTimetz:
		return precisionTypmod("TIME", " WITH TIME ZONE", mods)
	case pgtypes.OIDTimestamp:
		return precisionTypmod("TIMESTAMP", "", mods)
	case pgtypes.OIDTimestamptz:
		return precisionTypmod("TIMESTAMP", " WITH TIME ZONE", mods)
	case pgtypes.OIDInterval:
		return intervalTypmod(mods)
	}
	return -1, nil
}

func numericTypmod(mods []int32) (int32, error) {
	switch {
	case len(mods) > 2:
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid NUMERIC type modifier")
	case mods[0] < 1 || mods[0] > 1000:
		return 0, pgerr.New(pgerr.InvalidParameterValue, "NUMERIC precision %d must be between 1 and 1000", mods[0])
	case len(mods) == 2 && (mods[1] < -1000 || mods[1] > 1000):
		return 0, pgerr.New(pgerr.InvalidParameterValue, "NUMERIC scale %d must be between -1000 and 1000", mods[1])
	}
	scale := 0
	if len(mods) == 2 {
		scale = int(mods[1])
	}
	return pgtypes.MakeNumericTypmod(int(mods[0]), scale), nil
}

func lengthTypmod(name string, mods []int32, most, extra int32) (int32, error) {
	switch {
	case len(mods) != 1:
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid type modifier")
	case mods[0] < 1:
		return 0, pgerr.New(pgerr.InvalidParameterValue, "length for type %s must be at least 1", name)
	case mods[0] > most:
		return 0, pgerr.New(pgerr.InvalidParameterValue, "length for type %s cannot exceed %d", name, most)
	}
	return mods[0] + extra, nil
}

func precisionTypmod(name, zone string, mods []int32) (int32, error) {
	switch {
	case len(mods) != 1:
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid type modifier")
	case mods[0] < 0:
		return 0, pgerr.New(pgerr.InvalidParameterValue, "%s(%d)%s precision must not be negative", name, mods[0], zone)
	}
	return min(mods[0], 6), nil
}

// intervalTypmod packs a range of fields with a precision, as INTERVAL_TYPMOD does.
func intervalTypmod(mods []int32) (int32, error) {
	const fullPrecision, fullRange = 0xFFFF, 0x7FFF
	if len(mods) == 1 {
		if mods[0] == fullRange {
			return -1, nil
		}
		return mods[0]<<16 | fullPrecision, nil
	}
	if len(mods) != 2 {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid INTERVAL type modifier")
	}
	if mods[1] < 0 {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "INTERVAL(%d) precision must not be negative", mods[1])
	}
	return mods[0]<<16 | min(mods[1], 6), nil
}
