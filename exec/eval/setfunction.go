package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// SetRows are the rows that a set-returning function gives for one call.
type SetRows interface {
	// Next appends up to limit rows to dst, one vector for each column of the result,
	// and says how many; 0 is the end.
	Next(dst []*vector.Vector, limit int) (int, error)
}

// SetFunction is a function call that gives rows. One goroutine uses it at a time.
type SetFunction struct {
	call   call
	expr   *translate.FuncExpr
	args   []*Program
	values []*vector.Vector
	open   func(c *call, args []pgtypes.Datum) (SetRows, error)
	strict bool
	scalar *Program // an ordinary function in FROM gives its value as one row
	types  []pgtypes.Type
	record bool // several columns come as one record
}

// CompileSet makes a set function of a call in FROM or in a select list.
func CompileSet(e *translate.FuncExpr, env *Env) (*SetFunction, error) {
	s := &SetFunction{expr: e, call: call{result: e.Typ, proc: e.Proc, name: e.Name}}
	p := pgbuiltin.ProcByOID(e.Proc)
	s.types = resultTypes(p, e)
	if !e.ReturnsSet {
		program, err := Compile(e, env)
		s.scalar = program
		return s, err
	}
	if p == nil || setFunctions[sourceKey(p)] == nil {
		return nil, pgerr.Unsupported("set-returning function %s is not supported yet", e.Name)
	}
	s.open, s.strict = setFunctions[sourceKey(p)], p.Strict
	for _, arg := range e.Args {
		program, err := Compile(arg, env)
		if err != nil {
			return nil, err
		}
		s.args = append(s.args, program)
		s.call.args = append(s.call.args, arg.Type())
	}
	return s, nil
}

func resultTypes(p *pgbuiltin.Proc, e *translate.FuncExpr) []pgtypes.Type {
	if p != nil {
		if _, oids := p.OutColumns(); len(oids) > 1 {
			types := make([]pgtypes.Type, len(oids))
			for i, oid := range oids {
				types[i] = pgtypes.Of(concrete(oid, e))
			}
			return types
		}
	}
	return []pgtypes.Type{e.Typ}
}

// concrete is the type that anyelement stands for in a call: the elements' of its
// first array.
func concrete(oid uint32, e *translate.FuncExpr) uint32 {
	if oid != pgtypes.OIDAnyElement {
		return oid
	}
	for _, arg := range e.Args {
		switch array := arg.Type().OID; array {
		case pgtypes.OIDInt2Vector:
			return pgtypes.OIDInt2
		case pgtypes.OIDOidVector:
			return pgtypes.OIDOid
		default:
			if element, ok := pgtypes.ElementType(array); ok {
				return element
			}
		}
	}
	return oid
}

// Types are the types of the columns that a row has.
func (s *SetFunction) Types() []pgtypes.Type { return s.types }

// AsRecord makes rows of several columns come as one column of records, as a select
// list has them.
func (s *SetFunction) AsRecord() { s.record = len(s.types) > 1 }

// Open computes the arguments for the rows of a batch; Rows then reads them.
func (s *SetFunction) Open(b *vector.Batch, ctx *Context) error {
	s.call.ctx = ctx
	programs := s.args
	if s.scalar != nil {
		programs = []*Program{s.scalar}
	}
	s.values = s.values[:0]
	for _, program := range programs {
		v, err := program.Run(b, ctx)
		if err != nil {
			return err
		}
		s.values = append(s.values, v)
	}
	return nil
}

// Rows starts the call for one row of the batch. Several may be open at once.
func (s *SetFunction) Rows(row int) (SetRows, error) {
	rows, err := s.columns(row)
	if err != nil || !s.record {
		return rows, err
	}
	packed := &recordRows{rows: rows, types: make([]uint32, len(s.types)), columns: make([]*vector.Vector, len(s.types))}
	for i, t := range s.types {
		packed.types[i] = t.OID
		packed.columns[i] = vector.New(t)
	}
	return packed, nil
}

// recordRows packs each row of several columns into a record.
type recordRows struct {
	rows    SetRows
	types   []uint32
	columns []*vector.Vector
	read    int // rows of columns that were packed already
}

// Next implements SetRows.
func (r *recordRows) Next(dst []*vector.Vector, limit int) (int, error) {
	n, err := r.rows.Next(r.columns, limit)
	for row := r.read; row < r.read+n; row++ {
		record := pgtypes.Record{Types: r.types, Fields: make([]pgtypes.Datum, len(r.columns))}
		for i, c := range r.columns {
			record.Fields[i] = vector.Get(c, row)
		}
		vector.AppendDatum(dst[0], record)
	}
	r.read += n
	return n, err
}

// columns starts the call with a column for each part of its result.
func (s *SetFunction) columns(row int) (SetRows, error) {
	if s.scalar != nil {
		return &listRows{rows: [][]pgtypes.Datum{s.oneRow(vector.Get(s.values[0], row))}}, nil
	}
	args := make([]pgtypes.Datum, len(s.values))
	for i, v := range s.values {
		args[i] = vector.Get(v, row)
		if args[i] == nil && s.strict {
			return &listRows{}, nil
		}
	}
	return s.open(&s.call, args)
}

// oneRow is the row of an ordinary function; a record comes apart.
func (s *SetFunction) oneRow(d pgtypes.Datum) []pgtypes.Datum {
	if len(s.types) == 1 {
		return []pgtypes.Datum{d}
	}
	if r, ok := d.(pgtypes.Record); ok && len(r.Fields) == len(s.types) {
		return r.Fields
	}
	return make([]pgtypes.Datum, len(s.types))
}

// listRows are rows that are there already.
type listRows struct{ rows [][]pgtypes.Datum }

// Next implements SetRows.
func (l *listRows) Next(dst []*vector.Vector, limit int) (int, error) {
	n := min(limit, len(l.rows))
	for _, row := range l.rows[:n] {
		for i, d := range row {
			vector.AppendDatum(dst[i], d)
		}
	}
	l.rows = l.rows[n:]
	return n, nil
}

// generator makes rows of one column as they are asked for.
type generator func() (value pgtypes.Datum, more bool, err error)

// Next implements SetRows.
func (g generator) Next(dst []*vector.Vector, limit int) (int, error) {
	for n := range limit {
		d, more, err := g()
		if err != nil {
			return n, err
		}
		if !more {
			return n, nil
		}
		vector.AppendDatum(dst[0], d)
	}
	return limit, nil
}
