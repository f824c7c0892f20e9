package eval

import (
	"errors"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// kernel computes a function for the rows of sel, or the first n: it allocates dst
// and fills those rows. Arguments are plain or Const. Of a strict function it sees
// only rows without NULLs, unless the builtin is total.
type kernel func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error

// builtin is what a pg_proc row computes.
type builtin struct {
	run kernel
	// total says that any bits may be passed, also those of NULL and unselected rows,
	// without an error or much cost.
	total bool
	// nulls says that the function is not strict: it sees NULLs.
	nulls bool
	// volatile results are never computed once for several rows.
	volatile bool
	// costly ones are worth computing once for each entry of a dictionary.
	costly bool
}

// call is one call site of a builtin.
type call struct {
	ctx    *Context
	args   []pgtypes.Type
	result pgtypes.Type
	proc   uint32
	name   string
	cache  any // what the kernel keeps from call to call
	// variadicArray says that the last argument came as VARIADIC array.
	variadicArray bool
	// shapes are what is known of the rows among the arguments; nil for nothing.
	shapes []*rowShape
}

// errNull, returned by a row function, makes its result NULL.
var errNull = errors.New("the result is NULL")

// rowIndex maps rows to indexes of an argument: 0 for a Const.
func rowIndex(v *vector.Vector) int {
	if v.Const {
		return 0
	}
	return ^0
}

// eachRow runs f on the rows that exist until it fails.
func eachRow(sel []int32, n int, f func(row int) error) error {
	if sel != nil {
		for _, r := range sel {
			if err := f(int(r)); err != nil {
				return err
			}
		}
		return nil
	}
	for r := range n {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

// put stores a row function's result, or NULL.
func put[R any](to *access[R], dst *vector.Vector, row, n int, x R, err error) error {
	if err != nil {
		if err == errNull { //nolint:errorlint // a sentinel of this package, never wrapped
			dst.SetNull(row, n)
			if dst.Str != nil && (dst.Form == vector.FormString || dst.Form == vector.FormNumeric) {
				dst.Str[row] = vector.View{}
			}
			return nil
		}
		return err
	}
	to.set(dst, row, x)
	return nil
}

// f1c adapts a Go function of one argument; the others below differ in the number
// of arguments and in what the function needs: e may fail, c also gets the call.
func f1c[A, R any](f func(*call, A) (R, error)) builtin {
	from, to := accessOf[A](), accessOf[R]()
	return builtin{costly: true, run: func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(to.form, n)
		a, ma := args[0], rowIndex(args[0])
		return eachRow(sel, n, func(row int) error {
			x, err := f(c, from.get(a, row&ma))
			return put(&to, dst, row, n, x, err)
		})
	}}
}

func f1e[A, R any](f func(A) (R, error)) builtin {
	return f1c(func(_ *call, a A) (R, error) { return f(a) })
}

func f1[A, R any](f func(A) R) builtin {
	return f1c(func(_ *call, a A) (R, error) { return f(a), nil })
}

func f2c[A, B, R any](f func(*call, A, B) (R, error)) builtin {
	fromA, fromB, to := accessOf[A](), accessOf[B](), accessOf[R]()
	return builtin{costly: true, run: func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(to.form, n)
		a, ma := args[0], rowIndex(args[0])
		b, mb := args[1], rowIndex(args[1])
		return eachRow(sel, n, func(row int) error {
			x, err := f(c, fromA.get(a, row&ma), fromB.get(b, row&mb))
			return put(&to, dst, row, n, x, err)
		})
	}}
}

func f2e[A, B, R any](f func(A, B) (R, error)) builtin {
	return f2c(func(_ *call, a A, b B) (R, error) { return f(a, b) })
}

func f2[A, B, R any](f func(A, B) R) builtin {
	return f2c(func(_ *call, a A, b B) (R, error) { return f(a, b), nil })
}

func f3c[A, B, C, R any](f func(*call, A, B, C) (R, error)) builtin {
	fromA, fromB, fromC, to := accessOf[A](), accessOf[B](), accessOf[C](), accessOf[R]()
	return builtin{costly: true, run: func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(to.form, n)
		ma, mb, mc := rowIndex(args[0]), rowIndex(args[1]), rowIndex(args[2])
		return eachRow(sel, n, func(row int) error {
			x, err := f(c, fromA.get(args[0], row&ma), fromB.get(args[1], row&mb), fromC.get(args[2], row&mc))
			return put(&to, dst, row, n, x, err)
		})
	}}
}

func f3e[A, B, C, R any](f func(A, B, C) (R, error)) builtin {
	return f3c(func(_ *call, a A, b B, c C) (R, error) { return f(a, b, c) })
}

func f3[A, B, C, R any](f func(A, B, C) R) builtin {
	return f3c(func(_ *call, a A, b B, c C) (R, error) { return f(a, b, c), nil })
}

func f4c[A, B, C, D, R any](f func(*call, A, B, C, D) (R, error)) builtin {
	fromA, fromB, fromC, fromD, to := accessOf[A](), accessOf[B](), accessOf[C](), accessOf[D](), accessOf[R]()
	return builtin{costly: true, run: func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(to.form, n)
		ma, mb, mc, md := rowIndex(args[0]), rowIndex(args[1]), rowIndex(args[2]), rowIndex(args[3])
		return eachRow(sel, n, func(row int) error {
			x, err := f(c, fromA.get(args[0], row&ma), fromB.get(args[1], row&mb), fromC.get(args[2], row&mc), fromD.get(args[3], row&md))
			return put(&to, dst, row, n, x, err)
		})
	}}
}

// fn adapts a strict function over Datums.
func fn(f func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error)) builtin {
	return builtin{costly: true, run: datumKernel(f)}
}

// fnNulls adapts a function over Datums that sees NULLs (nil).
func fnNulls(f func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error)) builtin {
	return builtin{nulls: true, run: datumKernel(f)}
}

func datumKernel(f func(c *call, args []pgtypes.Datum) (pgtypes.Datum, error)) kernel {
	return func(c *call, dst *vector.Vector, args []*vector.Vector, sel []int32, n int) error {
		form := vector.FormOf(c.result.OID)
		if form == vector.FormDecimal {
			form = vector.FormNumeric
		}
		dst.Alloc(form, n)
		dst.Type = c.result
		values := make([]pgtypes.Datum, len(args))
		return eachRow(sel, n, func(row int) error {
			for k, a := range args {
				values[k] = vector.Get(a, row)
			}
			c.nameFields(values)
			if c.variadicArray && values[len(values)-1] == nil && c.name != "format" {
				dst.SetNull(row, n) // format takes a NULL array for an empty one
				return nil
			}
			x, err := f(c, values)
			switch {
			case err == errNull, err == nil && x == nil: //nolint:errorlint // a sentinel of this package, never wrapped
				dst.SetNull(row, n)
			case err != nil:
				return err
			default:
				vector.Set(dst, row, x)
			}
			return nil
		})
	}
}

// asVolatile marks b as volatile.
func asVolatile(b builtin) builtin {
	b.volatile = true
	return b
}

// f0c adapts a function without arguments.
func f0c[R any](f func(*call) (R, error)) builtin {
	to := accessOf[R]()
	return builtin{run: func(c *call, dst *vector.Vector, _ []*vector.Vector, sel []int32, n int) error {
		dst.Alloc(to.form, n)
		return eachRow(sel, n, func(row int) error {
			x, err := f(c)
			return put(&to, dst, row, n, x, err)
		})
	}}
}
