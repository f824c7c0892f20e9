package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// rangeFunction is transformRangeFunction. Functions in FROM may refer to what is
// on their left without the word LATERAL.
func (s *scope) rangeFunction(n *translate.RangeFunction) (translate.Rel, *nsItem, error) {
	if rel, item, err := s.tableFunction(n); item != nil || err != nil {
		return rel, item, err
	}
	out := &translate.FuncScan{}
	saved := s.lateral
	s.lateral = true
	err := s.within(kindFromFunction, func() error { return s.tableFuncs(n, out) })
	s.lateral = saved
	if err != nil {
		return nil, nil, err
	}
	item := &nsItem{name: out.Alias, relVisible: true, colsVisible: true}
	if n.Alias != nil {
		item.name, item.aliased = n.Alias.Name, true
		// A lone scalar function's column takes the alias of the table.
		if len(out.Funcs) == 1 && len(out.Funcs[0].Cols) == 1 && len(n.Alias.Columns) == 0 && s.scalarResult(out.Funcs[0].Call) && !hasColumnList(n) {
			out.Funcs[0].Cols[0].Name = n.Alias.Name
			s.b.info(out.Funcs[0].Cols[0].ID).name = n.Alias.Name
		}
	}
	out.Alias = item.name
	for _, f := range out.Funcs {
		out.Cols = append(out.Cols, f.Cols...)
	}
	item.scalar = len(out.Funcs) == 1 && !n.Ordinality && !isComposite(out.Funcs[0].Call.Typ.OID) && out.Funcs[0].Call.Typ.OID != pgtypes.OIDRecord
	if n.Ordinality {
		id := s.b.newColumn(columnInfo{scope: s, name: "ordinality"})
		out.Ordinality = id
		out.Cols = append(out.Cols, translate.Column{ID: id, Name: "ordinality", Type: pgtypes.Of(pgtypes.OIDInt8), NotNull: true})
	}
	for _, c := range out.Cols {
		s.b.info(c.ID).alias = item.name
		item.cols = append(item.cols, nsColumn{name: c.Name, col: c})
	}
	if err := s.renameColumns(item, n.Alias); err != nil {
		return nil, nil, err
	}
	s.remember(item)
	return out, item, nil
}

func hasColumnList(n *translate.RangeFunction) bool {
	return len(n.Columns) > 0 || len(n.Funcs) > 0 && len(n.Funcs[0].Columns) > 0
}

// scalarResult says that a function gives one column that has no name of its own.
func (s *scope) scalarResult(call *translate.FuncExpr) bool {
	p := s.b.proc(call.Proc)
	if p == nil {
		return true
	}
	names, _ := p.OutColumns()
	return len(names) == 0
}

func (s *scope) tableFuncs(n *translate.RangeFunction, out *translate.FuncScan) error {
	for _, item := range n.Funcs {
		// unnest(a, b) in ROWS FROM's manner is one function for each argument.
		if call, ok := item.Call.(*translate.FuncCall); ok && isUnnest(call) {
			for _, arg := range call.Args {
				one := *call
				one.Args = []translate.Node{arg}
				if err := s.tableFunc(translate.RangeFunctionItem{Call: &one}, n, out); err != nil {
					return err
				}
			}
			continue
		}
		if err := s.tableFunc(item, n, out); err != nil {
			return err
		}
	}
	return nil
}

func isUnnest(c *translate.FuncCall) bool {
	return c.Name[len(c.Name)-1] == "unnest" && len(c.Args) > 1 && !c.Distinct && c.Over == nil && len(c.OrderBy) == 0
}

func (s *scope) tableFunc(item translate.RangeFunctionItem, n *translate.RangeFunction, out *translate.FuncScan) error {
	e, err := s.expr(item.Call)
	if err != nil {
		return err
	}
	name := figureName(item.Call)
	if out.Alias == "" {
		out.Alias = name
	}
	call, ok := e.(*translate.FuncExpr)
	if !ok {
		return s.b.errorAt(item.Call.Position(), pgerr.FeatureNotSupported, "%s as a function in FROM is not supported", name)
	}
	columns := item.Columns
	if columns == nil {
		columns = n.Columns
	}
	cols, err := s.funcColumns(call, name, columns)
	if err != nil {
		return err
	}
	out.Funcs = append(out.Funcs, translate.TableFunc{Call: call, Cols: cols})
	return nil
}

// funcColumns are the columns of a function in FROM: of its OUT arguments, of its
// column definition list, or itself.
func (s *scope) funcColumns(call *translate.FuncExpr, name string, defs []*translate.ColumnDef) ([]translate.Column, error) {
	column := func(name string, t pgtypes.Type) translate.Column {
		id := s.b.newColumn(columnInfo{scope: s, name: name})
		return translate.Column{ID: id, Name: name, Type: t, Coll: typeCollation(t.OID)}
	}
	names, types := s.b.outColumns(call)
	if len(defs) > 0 {
		if call.Typ.OID != pgtypes.OIDRecord || len(names) > 1 {
			if len(names) > 1 {
				return nil, s.b.errorAt(defs[0].Pos, pgerr.SyntaxError, "a column definition list is redundant for a function with OUT parameters")
			}
			return nil, s.b.errorAt(defs[0].Pos, pgerr.SyntaxError, "a column definition list is only allowed for functions returning \"record\"")
		}
		var cols []translate.Column
		for _, d := range defs {
			t, err := s.b.typeName(d.Type)
			if err != nil {
				return nil, err
			}
			cols = append(cols, column(d.Name, t))
		}
		return cols, nil
	}
	switch {
	case len(names) > 1:
		var cols []translate.Column
		for i := range names {
			cols = append(cols, column(names[i], pgtypes.Of(types[i])))
		}
		return cols, nil
	case len(names) == 1 && names[0] != "":
		return []translate.Column{column(names[0], call.Typ)}, nil
	case call.Typ.OID == pgtypes.OIDRecord:
		return nil, s.b.errorAt(call.Pos, pgerr.SyntaxError, "a column definition list is required for functions returning \"record\"")
	}
	c := column(name, call.Typ)
	c.Coll = call.Coll
	return []translate.Column{c}, nil
}
