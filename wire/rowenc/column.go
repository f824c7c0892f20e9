package rowenc

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// form is how a bound column's values lie and are written. The text forms come
// first; binary ones are where the name says so.
type form uint8

const (
	formDatum form = iota // any Arrow type: read as a value, slowly
	formBoolText
	formBoolBinary
	formInt16Text
	formInt16Binary
	formInt32Text
	formInt32Binary
	formInt64Text
	formInt64Binary
	formUint32Text
	formUint32Binary
	formRegText
	formFloat32Text
	formFloat32Binary
	formFloat64Text
	formFloat64Binary
	formDecimalText
	formDecimalBinary
	formNumericText // from numeric's binary form
	formString      // bytes as they are, in either format
	formJSONBBinary
	formByteaText
	formDateText
	formDateBinary
	formTimeText
	formTimestampText
	formTimestamptzText
	formTimestampBinary
	formTimetzText
	formIntervalText
	formUUIDText
	formFixed      // fixed-size bytes as they are
	formWireText   // binary form to text form, for arrays and records
	formDictionary // codes into a column of values
)

// column reads one column of the batch that it was bound to last.
type column struct {
	typ    pgtypes.Type
	binary bool
	style  *pgtypes.Style

	form   form
	arr    arrow.Array
	nulls  []byte // validity bitmap; nil when nothing is NULL
	offset int    // of the first row in bitmaps

	bools    []byte
	i16      []int16
	i32      []int32
	i64      []int64
	u32      []uint32
	f32      []float32
	f64      []float64
	decimals []decimal128.Num
	scale    int
	starts   []int32 // of strings
	large    []int64 // of large strings
	data     []byte
	width    int

	dictionary *array.Dictionary
	values     *column // of the dictionary
	codes      []int32 // when all of values are strings

	staging bool   // the chunk's values are in staged
	staged  []byte // values that are written before their place is known
	cells   [][pgtypes.FloatBytes]byte
}

func (c *column) isNull(row int) bool {
	if c.nulls != nil && !bitutil.BitIsSet(c.nulls, c.offset+row) {
		return true
	}
	// A dictionary's value may itself be NULL.
	return c.form == formDictionary && c.values.isNull(c.dictionary.GetValueIndex(row)) ||
		c.form == formDatum && c.arr.DataType().ID() == arrow.NULL
}

func (c *column) bind(arr arrow.Array) {
	c.arr = arr
	c.nulls, c.offset = nil, arr.Data().Offset()
	if arr.NullN() > 0 {
		c.nulls = arr.NullBitmapBytes()
	}
	c.form = formDatum
	switch a := arr.(type) {
	case *array.Boolean:
		c.bindBool(a)
	case *array.Int16:
		c.i16 = a.Int16Values()
		c.pick(pgtypes.OIDInt2, formInt16Text, formInt16Binary)
	case *array.Int32:
		c.i32 = a.Int32Values()
		c.pick(pgtypes.OIDInt4, formInt32Text, formInt32Binary)
	case *array.Int64:
		c.i64 = a.Int64Values()
		c.pick(pgtypes.OIDInt8, formInt64Text, formInt64Binary)
	case *array.Uint32:
		c.bindUint32(a)
	case *array.Float32:
		c.f32 = a.Float32Values()
		c.pick(pgtypes.OIDFloat4, formFloat32Text, formFloat32Binary)
	case *array.Float64:
		c.f64 = a.Float64Values()
		c.pick(pgtypes.OIDFloat8, formFloat64Text, formFloat64Binary)
	case *array.Decimal128:
		c.bindDecimal(a)
	case *array.String:
		c.starts, c.large, c.data = a.ValueOffsets(), nil, a.ValueBytes()
		c.bindText()
	case *array.LargeString:
		c.starts, c.large, c.data = nil, a.ValueOffsets(), a.ValueBytes()
		c.bindText()
	case *array.Binary:
		c.starts, c.large, c.data = a.ValueOffsets(), nil, a.ValueBytes()
		c.bindBytes()
	case *array.FixedSizeBinary:
		c.bindFixed(a)
	case *array.Date32, *array.Time64, *array.Timestamp:
		c.bindTemporal(arr)
	case *array.Dictionary:
		c.bindDictionary(a)
	}
	c.rebase()
}

// rebase makes string offsets count from data's beginning: ValueBytes gives the
// bytes of the first value onwards.
func (c *column) rebase() {
	switch {
	case c.form == formDatum:
	case len(c.starts) > 0:
		c.width = int(c.starts[0])
	case len(c.large) > 0:
		c.width = int(c.large[0])
	}
}

// pick takes a form if the column is of the type that the form writes.
func (c *column) pick(oid uint32, text, binary form) {
	if c.typ.OID != oid {
		return
	}
	c.form = text
	if c.binary {
		c.form = binary
	}
}

func (c *column) bindBool(a *array.Boolean) {
	c.bools = a.Data().Buffers()[1].Bytes()
	c.pick(pgtypes.OIDBool, formBoolText, formBoolBinary)
}

func (c *column) bindUint32(a *array.Uint32) {
	c.u32 = a.Uint32Values()
	switch c.typ.OID {
	case pgtypes.OIDOid, pgtypes.OIDXid, pgtypes.OIDCid:
		c.pick(c.typ.OID, formUint32Text, formUint32Binary)
	case pgtypes.OIDRegproc, pgtypes.OIDRegprocedure, pgtypes.OIDRegoper, pgtypes.OIDRegoperator,
		pgtypes.OIDRegclass, pgtypes.OIDRegtype, pgtypes.OIDRegrole, pgtypes.OIDRegnamespace:
		c.pick(c.typ.OID, formRegText, formUint32Binary)
	}
}

func (c *column) bindDecimal(a *array.Decimal128) {
	c.decimals = a.Values()
	c.scale = int(a.DataType().(*arrow.Decimal128Type).Scale)
	if c.scale >= 0 {
		c.pick(pgtypes.OIDNumeric, formDecimalText, formDecimalBinary)
	}
}

// bindText takes strings as they are, unless their binary form is another.
func (c *column) bindText() {
	if c.binary {
		switch c.typ.OID {
		case pgtypes.OIDJSONB:
			c.form = formJSONBBinary
			return
		case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDBpchar, pgtypes.OIDName, pgtypes.OIDJSON,
			pgtypes.OIDXML, pgtypes.OIDUnknown, pgtypes.OIDCString, pgtypes.OIDVoid, pgtypes.OIDPgNodeTree:
		default:
			if !carriedAsText(c.typ.OID) {
				return
			}
		}
	}
	if pgtypes.ArrowType(c.typ).ID() == arrow.STRING {
		c.form = formString
	}
}

// carriedAsText says that a type we do not know is sent as its text: enums.
func carriedAsText(oid uint32) bool { return pgtypes.TypeName(oid) == "???" }

func (c *column) bindBytes() {
	canonical := pgtypes.ArrowType(c.typ).ID() == arrow.BINARY ||
		c.typ.OID == pgtypes.OIDNumeric
	switch {
	case !canonical:
	case c.binary:
		c.form = formString
	case c.typ.OID == pgtypes.OIDBytea:
		c.form = formByteaText
	case c.typ.OID == pgtypes.OIDNumeric:
		c.form = formNumericText
	default:
		c.form = formWireText
	}
}

func (c *column) bindFixed(a *array.FixedSizeBinary) {
	width := a.DataType().(*arrow.FixedSizeBinaryType).ByteWidth
	canonical, ok := pgtypes.ArrowType(c.typ).(*arrow.FixedSizeBinaryType)
	if !ok || canonical.ByteWidth != width {
		return
	}
	c.width = width
	c.starts, c.large = nil, nil
	c.data = a.Data().Buffers()[1].Bytes()[c.offset*width:]
	switch c.typ.OID {
	case pgtypes.OIDUUID:
		c.pick(c.typ.OID, formUUIDText, formFixed)
	case pgtypes.OIDInterval:
		c.pick(c.typ.OID, formIntervalText, formFixed)
	case pgtypes.OIDTimetz:
		c.pick(c.typ.OID, formTimetzText, formFixed)
	}
}

func (c *column) bindTemporal(arr arrow.Array) {
	if !temporalUnit(arr.DataType()) {
		return
	}
	switch a := arr.(type) {
	case *array.Date32:
		c.i32 = arrow.Int32Traits.CastFromBytes(arrow.Date32Traits.CastToBytes(a.Date32Values()))
		c.pick(pgtypes.OIDDate, formDateText, formDateBinary)
	case *array.Time64:
		c.i64 = arrow.Int64Traits.CastFromBytes(arrow.Time64Traits.CastToBytes(a.Time64Values()))
		c.pick(pgtypes.OIDTime, formTimeText, formInt64Binary)
	case *array.Timestamp:
		c.i64 = arrow.Int64Traits.CastFromBytes(arrow.TimestampTraits.CastToBytes(a.TimestampValues()))
		c.pick(pgtypes.OIDTimestamp, formTimestampText, formTimestampBinary)
		c.pick(pgtypes.OIDTimestamptz, formTimestamptzText, formTimestampBinary)
	}
}

// temporalUnit says whether values are in the unit of the canonical form.
func temporalUnit(d arrow.DataType) bool {
	switch d := d.(type) {
	case *arrow.Time64Type:
		return d.Unit == arrow.Microsecond
	case *arrow.TimestampType:
		return d.Unit == arrow.Microsecond
	}
	return true
}

func (c *column) bindDictionary(a *array.Dictionary) {
	if c.values == nil {
		c.values = &column{typ: c.typ, binary: c.binary, style: c.style}
	}
	c.dictionary = a
	c.starts, c.large = nil, nil
	c.values.bind(a.Dictionary())
	c.form, c.codes = formDictionary, nil
	if index, ok := a.Indices().(*array.Int32); ok && c.values.form == formString && c.values.nulls == nil && c.values.starts != nil {
		c.codes = index.Int32Values()
	}
}
