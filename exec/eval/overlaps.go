package eval

import "github.com/sqlgateway/gateway/internal/pgtypes"

// overlapFunctions are OVERLAPS where a period is a start and a length: SQL functions,
// which add the length first.
var overlapFunctions = map[string]builtin{
	"overlaps(1184,1184,1184,1186)": fnNulls(overlapsLengths), "overlaps(1184,1186,1184,1186)": fnNulls(overlapsLengths),
	"overlaps(1184,1186,1184,1184)": fnNulls(overlapsLengths), "overlaps(1114,1114,1114,1186)": fnNulls(overlapsLengths),
	"overlaps(1114,1186,1114,1114)": fnNulls(overlapsLengths), "overlaps(1114,1186,1114,1186)": fnNulls(overlapsLengths),
	"overlaps(1083,1186,1083,1186)": fnNulls(overlapsLengths), "overlaps(1083,1083,1083,1186)": fnNulls(overlapsLengths),
	"overlaps(1083,1186,1083,1083)": fnNulls(overlapsLengths),
}

func overlapsLengths(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
	ends := append([]pgtypes.Datum(nil), args...)
	for i := 1; i < 4; i += 2 {
		length, ok := args[i].(interval)
		if !ok {
			continue
		}
		if ends[i] = nil; args[i-1] == nil {
			continue
		}
		end, err := movedBy(c.args[0].OID, args[i-1], length, c.ctx)
		if err != nil {
			return nil, err
		}
		ends[i] = end
	}
	return overlaps(c, ends)
}

// movedBy is a time, date or timestamp plus an interval; dates give timestamps.
func movedBy(oid uint32, from pgtypes.Datum, length interval, ctx *Context) (pgtypes.Datum, error) {
	c := call{ctx: ctx}
	switch oid {
	case pgtypes.OIDTime:
		return wrapDay(from.(int64) + length.Micros%microsPerDay), nil
	case pgtypes.OIDDate:
		return datePlusInterval(from.(int32), length)
	case pgtypes.OIDTimestamptz:
		return timestamptzPlus(c.zone(), from.(int64), length)
	default:
		return timestampPlus(from.(int64), length)
	}
}
