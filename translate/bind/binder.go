package bind

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Catalog is what the binder asks of whoever knows the relations. A statement is
// bound against one snapshot.
type Catalog interface {
	// Relation finds a relation of a schema; nil, nil when there is none.
	Relation(ctx context.Context, schema, name string) (*translate.Table, error)
	// HasSchema says whether a schema exists.
	HasSchema(ctx context.Context, schema string) bool
	// SearchPath is the list of schemas that unqualified names are looked up in, with
	// pg_catalog where the session's search_path puts it (first unless named).
	SearchPath() []string
}

// Functions is an optional ability of a Catalog: functions beyond the built-in
// ones. schema is "" for an unqualified name.
type Functions interface {
	Functions(schema, name string) []*pgbuiltin.Proc
}

// Options are what a session brings to binding.
type Options struct {
	Catalog Catalog
	// ParamTypes are the declared types of parameters, 0 for unspecified; parameters
	// past its end are unspecified too.
	ParamTypes []uint32
	// FixedParams refuses parameters past ParamTypes: a simple Query has none.
	FixedParams bool
	// Style is how literals are read.
	Style pgtypes.Style
}

// Bind types one statement. It gives the types of the parameters too, in order.
func Bind(ctx context.Context, stmt translate.Node, text string, opts Options) (translate.Statement, []uint32, error) {
	b := &binder{ctx: ctx, opts: opts, catalog: opts.Catalog, text: text}
	b.columns = append(b.columns, columnInfo{}) // ColumnID 0 is none
	b.paramTypes = append([]uint32(nil), opts.ParamTypes...)
	s, err := b.statement(stmt)
	if err != nil {
		return nil, nil, err
	}
	if err := b.checkParams(); err != nil {
		return nil, nil, err
	}
	if err := b.applyCollations(s); err != nil {
		return nil, nil, err
	}
	pruneStatement(s)
	return s, b.paramTypes, nil
}

// binder binds one statement.
type binder struct {
	ctx        context.Context
	opts       Options
	catalog    Catalog
	text       string
	columns    []columnInfo // by ColumnID
	sawCollate bool
	paramTypes []uint32
	params     []*translate.Param            // every one made
	procs      map[uint32]*pgbuiltin.Proc    // those of the catalog that calls use
	wholeRows  map[*translate.RowExpr]string // the relation that a row is all of
}

// columnInfo is what error texts and checks need to know of a column.
type columnInfo struct {
	scope *scope // the query level that it belongs to
	kind  columnKind
	alias string // of its relation
	name  string
	table *translate.Table // the plain table column that it is, or nil
	attr  int
	// fields are those of a record, where they are known.
	fields *recordFields
	pos    int
}

// recordFields are the fields of a column of type record.
type recordFields struct {
	names []string
	types []pgtypes.Type
}

type columnKind uint8

const (
	relationColumn columnKind = iota
	aggregateColumn
	windowColumn
	groupColumn
	derivedColumn // made while lowering
)

func (b *binder) newColumn(info columnInfo) translate.ColumnID {
	b.columns = append(b.columns, info)
	return translate.ColumnID(len(b.columns) - 1)
}

func (b *binder) info(id translate.ColumnID) *columnInfo { return &b.columns[id] }

// errorAt makes an error with a position.
func (b *binder) errorAt(pos int, code, format string, args ...any) *pgerr.Error {
	return pgerr.New(code, format, args...).At(pos)
}

// at gives err a position unless it has one.
func at(err error, pos int) error {
	if e, ok := err.(*pgerr.Error); ok {
		return e.At(pos)
	}
	return err
}

// param makes a reference to a parameter.
func (b *binder) param(n *translate.ParamRef) (translate.Expr, error) {
	if n.Number <= 0 || n.Number > 65535 || b.opts.FixedParams && n.Number > len(b.opts.ParamTypes) {
		return nil, b.errorAt(n.Pos, pgerr.UndefinedParameter, "there is no parameter $%d", n.Number)
	}
	for len(b.paramTypes) < n.Number {
		b.paramTypes = append(b.paramTypes, 0)
	}
	if b.paramTypes[n.Number-1] == 0 {
		b.paramTypes[n.Number-1] = pgtypes.OIDUnknown
	}
	typ := b.paramTypes[n.Number-1]
	p := &translate.Param{Typed: translate.Typed{Typ: pgtypes.Of(typ), Coll: typeCollation(typ), Pos: n.Pos}, Number: n.Number}
	b.params = append(b.params, p)
	return p, nil
}

// coerceParam is variable_coerce_param_hook: the first use that asks for a type
// decides it.
func (b *binder) coerceParam(p *translate.Param, target uint32) error {
	slot := &b.paramTypes[p.Number-1]
	if *slot == pgtypes.OIDUnknown {
		*slot = target
	} else if *slot != target {
		return b.errorAt(p.Pos, "42P08", "inconsistent types deduced for parameter $%d", p.Number).
			WithDetail("%s versus %s", typeText(*slot), typeText(target))
	}
	p.Typ = pgtypes.Of(target)
	p.Coll = typeCollation(target)
	return nil
}

// checkParams raises 42P18 for parameters whose type was not found, also for
// those that only a gap in the numbering implies.
func (b *binder) checkParams() error {
	for _, p := range b.params {
		if p.Typ.OID != b.paramTypes[p.Number-1] {
			return b.errorAt(p.Pos, "42P08", "could not determine data type of parameter $%d", p.Number)
		}
	}
	for i, t := range b.paramTypes {
		if t == 0 || t == pgtypes.OIDUnknown {
			return pgerr.New(pgerr.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	return nil
}

// proc finds the function of a call, built in or of the catalog.
func (b *binder) proc(oid uint32) *pgbuiltin.Proc {
	if p := b.procs[oid]; p != nil {
		return p
	}
	return pgbuiltin.ProcByOID(oid)
}

// dotted joins a possibly qualified name as NameListToString does.
func dotted(names []string) string { return strings.Join(names, ".") }
