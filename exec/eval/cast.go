package eval

import (
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

func (c *compiler) compileCast(e *translate.Cast) (node, error) {
	arg, err := c.compile(e.Arg)
	if err != nil {
		return nil, err
	}
	return castNode(arg, e.Arg.Type(), e)
}

// castNode casts what arg gives.
func castNode(arg node, from pgtypes.Type, e *translate.Cast) (node, error) {
	one := func(b builtin, to pgtypes.Type) *callNode {
		return callOf(b, e.Proc, "cast", []node{arg}, []pgtypes.Type{from}, to)
	}
	switch e.Method {
	case translate.CastBinary, translate.CastRow:
		if vector.FormOf(from.OID) != vector.FormOf(e.Typ.OID) {
			return one(reinterpretInteger(), e.Typ), nil
		}
		return &retypeNode{arg: arg, typ: e.Typ}, nil
	case translate.CastTypmod:
		return one(typmodCast(from.OID, e.Explicit), e.Typ), nil
	case translate.CastIO:
		return one(ioCast(from, e.Typ), e.Typ), nil
	case translate.CastArray:
		return arrayCast(arg, from, e)
	}
	if p := pgbuiltin.ProcByOID(e.Proc); p != nil && len(p.Args) > 1 {
		if b, ok := functions()[sourceKey(p)]; ok && p.Args[0] != p.Result {
			return one(b, e.Typ), nil // bit(n) of an integer: the modifier says which bits
		}
		return one(typmodCast(from.OID, e.Explicit), e.Typ), nil
	}
	call, err := newCall(e.Proc, "cast", []node{arg}, []pgtypes.Type{from}, e.Typ)
	if err != nil || e.Typ.Typmod == -1 {
		return call, err
	}
	call.result.Typmod = -1
	return callOf(typmodCast(e.Typ.OID, e.Explicit), 0, "cast", []node{call}, []pgtypes.Type{pgtypes.Of(e.Typ.OID)}, e.Typ), nil
}

// retypeNode gives a value another type of the same representation.
type retypeNode struct {
	arg node
	typ pgtypes.Type
	out vector.Vector
}

func (r *retypeNode) eval(st *state, sel []int32, n int) (*vector.Vector, error) {
	v, err := r.arg.eval(st, sel, n)
	if err != nil {
		return nil, err
	}
	r.out.Borrow(v)
	r.out.Type = r.typ
	return &r.out, nil
}

// reinterpretInteger is the binary cast between int4 and the four-byte unsigned
// types, which vectors hold in 64 bits.
func reinterpretInteger() builtin {
	return builtin{total: true, run: func(_ *call, dst *vector.Vector, args []*vector.Vector, _ []int32, n int) error {
		a := args[0]
		if a.Const {
			n = 1
		}
		if a.Form == vector.FormInt32 {
			dst.Alloc(vector.FormInt64, n)
			for i, x := range a.I32[:n] {
				dst.I64[i] = int64(uint32(x))
			}
		} else {
			dst.Alloc(vector.FormInt32, n)
			for i, x := range a.I64[:n] {
				dst.I32[i] = int32(uint32(x))
			}
		}
		dst.Const = a.Const
		return nil
	}}
}

// typmodCast enforces a type's modifier.
func typmodCast(oid uint32, explicit bool) builtin {
	slow := fn(func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		return pgtypes.ApplyTypmod(c.result, args[0], explicit)
	})
	if oid == pgtypes.OIDNumeric {
		return numericTypmod(slow)
	}
	return slow
}

// numericTypmod makes numeric(p,s) on scaled integers where it can.
func numericTypmod(slow builtin) builtin {
	general := slow.run
	slow.run = func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		precision, scale, ok := pgtypes.NumericTypmod(c.result.Typmod)
		a := args[0]
		if ok && a.Form == vector.FormDecimal && precision <= 18 && scale >= 0 && int32(scale) >= a.Scale {
			if x, fits := scaledUp(a, n, int32(scale)-a.Scale); fits && magnitudeBound(x) < uint64(tenTo[precision]) {
				dst.Alloc(vector.FormDecimal, n)
				dst.Scale = int32(scale)
				if a.Const {
					for i := range dst.I64 {
						dst.I64[i] = x[0]
					}
					return nil
				}
				copy(dst.I64, x)
				return nil
			}
		}
		return narrowed(general, c, dst, args, sel, n)
	}
	return slow
}

// ioCast casts through the text form.
func ioCast(from, to pgtypes.Type) builtin {
	switch {
	case isText(to.OID) && isText(from.OID):
		return f1e(func(x string) (string, error) { return x, nil })
	case isText(to.OID):
		return textOutput(from)
	}
	b := fn(func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		return parseInput(c, textOf(c, from, args[0]))
	})
	if to.OID == pgtypes.OIDNumeric {
		return withNarrowing(b)
	}
	return b
}

// parseInput calls the result type's input function.
func parseInput(c *call, text string) (pgtypes.Datum, error) {
	if isRegType(c.result.OID) && c.ctx.Lookup != nil {
		if d, ok, err := c.ctx.Lookup(regInput(c.result.OID), []pgtypes.Datum{text}); ok || err != nil {
			return d, err
		}
	}
	element, array := pgtypes.ElementType(c.result.OID)
	if !array || !isRegType(element) || c.ctx.Lookup == nil {
		return pgtypes.Parse(c.result, text, c.ctx.Style)
	}
	// The names are the elements of a text[] first.
	names, err := pgtypes.Parse(pgtypes.Of(pgtypes.OIDTextArray), text, c.ctx.Style)
	if err != nil {
		return nil, err
	}
	a := names.(pgtypes.Array) //nolint:forcetypeassert // Parse's promise
	for i, name := range a.Elements {
		if name == nil {
			continue
		}
		if a.Elements[i], _, err = c.ctx.Lookup(regInput(element), []pgtypes.Datum{name}); err != nil {
			return nil, err
		}
	}
	a.ElementType = element
	return a, nil
}

// textOf calls a type's output function.
func textOf(c *call, t pgtypes.Type, d pgtypes.Datum) string {
	if s, ok := d.(string); ok && isText(t.OID) {
		return s
	}
	if isRegType(t.OID) && c.ctx.Lookup != nil {
		if s, ok, err := c.ctx.Lookup(regOutput(t.OID), []pgtypes.Datum{d}); ok && err == nil {
			if s, ok := s.(string); ok {
				return s
			}
		}
	}
	return pgtypes.Text(t, d, c.ctx.Style)
}

// castToText is what a cast to text gives, which for two types is not their output.
func castToText(c *call, t pgtypes.Type, d pgtypes.Datum) string {
	switch v := d.(type) {
	case bool:
		return strconv.FormatBool(v)
	case string:
		if t.OID == pgtypes.OIDBpchar {
			return strings.TrimRight(v, " ")
		}
	}
	return textOf(c, t, d)
}

func isText(oid uint32) bool {
	switch oid {
	case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDBpchar, pgtypes.OIDName, pgtypes.OIDUnknown, pgtypes.OIDCString:
		return true
	}
	return false
}

// regNames are the types whose text is the name of a catalog row.
var regNames = map[uint32]string{
	pgtypes.OIDRegproc: "regproc", pgtypes.OIDRegprocedure: "regprocedure", pgtypes.OIDRegoper: "regoper",
	pgtypes.OIDRegoperator: "regoperator", pgtypes.OIDRegclass: "regclass", pgtypes.OIDRegtype: "regtype",
	pgtypes.OIDRegrole: "regrole", pgtypes.OIDRegnamespace: "regnamespace",
}

func isRegType(oid uint32) bool   { return regNames[oid] != "" }
func regInput(oid uint32) string  { return regNames[oid] + "in" }
func regOutput(oid uint32) string { return regNames[oid] + "out" }

// textOutput writes values as text, without a Datum for the common types.
func textOutput(from pgtypes.Type) builtin {
	return builtin{costly: true, run: func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(vector.FormString, n)
		a, m := args[0], rowIndex(args[0])
		vector.Each(nil, sel, n, func(row int) {
			off := len(dst.Heap)
			dst.Heap = appendTextAt(c, dst.Heap, from, a, row&m)
			dst.Str[row] = vector.View{Off: uint32(off), Len: uint32(len(dst.Heap) - off)}
		})
		return nil
	}}
}

func appendTextAt(c *call, dst []byte, t pgtypes.Type, v *vector.Vector, i int) []byte {
	switch {
	case isRegType(t.OID):
		return append(dst, textOf(c, t, v.I64[i])...)
	case v.Form == vector.FormInt32 && t.OID != pgtypes.OIDDate:
		return pgtypes.AppendInt(dst, int64(v.I32[i]))
	case v.Form == vector.FormInt64 && t.OID == pgtypes.OIDInt8:
		return pgtypes.AppendInt(dst, v.I64[i])
	case v.Form == vector.FormDecimal:
		return pgtypes.NewNumeric(v.I64[i], int(v.Scale)).Append(dst)
	}
	return pgtypes.AppendText(dst, t, vector.Get(v, i), c.ctx.Style)
}

// arrayCast casts element by element.
func arrayCast(arg node, from pgtypes.Type, e *translate.Cast) (node, error) {
	source, target := elementOf(from.OID), elementOf(e.Typ.OID)
	inner := &translate.Cast{Typed: translate.Typed{Typ: pgtypes.Type{OID: target, Typmod: e.Typ.Typmod}}, Proc: e.Proc, Explicit: e.Explicit}
	switch {
	case e.Proc != 0:
		inner.Method = translate.CastFunc
	case source == target:
		inner.Method = translate.CastTypmod
	default:
		inner.Method = translate.CastIO
		if k := pgbuiltin.CastBetween(source, target); k != nil && k.Method == 'b' {
			inner.Method = translate.CastBinary
		}
	}
	element, err := castNode(caseTestNode{}, pgtypes.Of(source), inner)
	if err != nil {
		return nil, err
	}
	b := fn(func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error) {
		a := args[0].(pgtypes.Array)
		out := pgtypes.Array{ElementType: target, Dims: a.Dims}
		if len(a.Elements) == 0 {
			return out, nil
		}
		var elements vector.Vector
		fillElements(&elements, source, a.Elements)
		v, err := element.eval(&state{ctx: c.ctx, caseTest: &elements}, nil, len(a.Elements))
		if err != nil {
			return nil, err
		}
		for i := range a.Elements {
			out.Elements = append(out.Elements, vector.Get(v, i))
		}
		return out, nil
	})
	return callOf(b, 0, "cast", []node{arg}, []pgtypes.Type{from}, e.Typ), nil
}

// elementOf is the type of the elements of an array or a vector of the catalogs.
func elementOf(oid uint32) uint32 {
	switch oid {
	case pgtypes.OIDInt2Vector:
		return pgtypes.OIDInt2
	case pgtypes.OIDOidVector:
		return pgtypes.OIDOid
	}
	element, _ := pgtypes.ElementType(oid)
	return element
}

// sessionless says that the text form of a type does not depend on settings.
func sessionless(oid uint32) bool {
	switch vector.FormOf(oid) {
	case vector.FormBool, vector.FormDecimal:
		return true
	case vector.FormInt32, vector.FormInt64:
		return oid == pgtypes.OIDInt2 || oid == pgtypes.OIDInt4 || oid == pgtypes.OIDInt8 || oid == pgtypes.OIDOid
	case vector.FormString:
		return isText(oid) || oid == pgtypes.OIDUUID || oid == pgtypes.OIDJSON || oid == pgtypes.OIDJSONB
	}
	return false
}
