package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// target is an entry of a select list; junk ones are there for ORDER BY alone.
type target struct {
	expr translate.Expr
	name string
	junk bool
	id   translate.ColumnID // set by lowering
}

// targetList is a select list being bound.
type targetList struct{ entries []*target }

func (t *targetList) visible() []*target {
	var out []*target
	for _, e := range t.entries {
		if !e.junk {
			out = append(out, e)
		}
	}
	return out
}

type starField struct {
	name string
	expr translate.Expr
}

// targets is transformTargetList.
func (s *scope) targets(list []*translate.ResTarget, kind exprKind) (*targetList, error) {
	t := &targetList{entries: make([]*target, 0, len(list))}
	for _, r := range list {
		fields, ok, err := s.expandStar(r.Value)
		if err != nil {
			return nil, err
		}
		if ok {
			for _, f := range fields {
				t.entries = append(t.entries, &target{expr: f.expr, name: f.name})
			}
			continue
		}
		e, err := s.exprIn(kind, r.Value)
		if err != nil {
			return nil, err
		}
		name := r.Name
		if name == "" {
			name = figureName(r.Value)
		}
		t.entries = append(t.entries, &target{expr: e, name: name})
	}
	return t, nil
}

// expandStar gives the columns of *, t.* and (x).*; ok is false for anything else.
func (s *scope) expandStar(n translate.Node) (fields []starField, ok bool, err error) {
	switch n := n.(type) {
	case *translate.ColumnRef:
		if !n.Star {
			return nil, false, nil
		}
		if len(n.Fields) > 0 {
			fields, err = s.starOf(n)
			return fields, true, err
		}
		fields, err = s.bareStar(n)
		return fields, true, err
	case *translate.Indirection:
		last := n.Items[len(n.Items)-1]
		if _, isStar := last.(*translate.Star); !isStar {
			return nil, false, nil
		}
		var base translate.Node = n.Arg
		if len(n.Items) > 1 {
			base = &translate.Indirection{At: n.At, Arg: n.Arg, Items: n.Items[:len(n.Items)-1]}
		}
		fields, err = s.compositeStar(base)
		return fields, true, err
	}
	return nil, false, nil
}

func (s *scope) bareStar(n *translate.ColumnRef) ([]starField, error) {
	var fields []starField
	visible := false
	for _, item := range s.items {
		if !item.colsVisible || item.lateralOnly && !s.lateral {
			continue
		}
		visible = true
		fields = append(fields, item.fields(n.Pos)...)
	}
	if !visible {
		return nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "SELECT * with no tables specified is not valid")
	}
	return fields, nil
}

func (item *nsItem) fields(pos int) []starField {
	fields := make([]starField, 0, len(item.cols))
	for i := range item.cols {
		if c := &item.cols[i]; !c.hidden {
			fields = append(fields, starField{name: c.name, expr: c.ref(pos)})
		}
	}
	return fields
}

func (s *scope) starOf(n *translate.ColumnRef) ([]starField, error) {
	item, err := s.relation(n.Fields, n.Pos)
	if err != nil {
		// A column of composite type may be meant; none of the sources has such.
		return nil, err
	}
	return item.fields(n.Pos), nil
}

func (s *scope) compositeStar(n translate.Node) ([]starField, error) {
	e, err := s.expr(n)
	if err != nil {
		return nil, err
	}
	names, types := s.b.compositeFields(e)
	if names == nil {
		if e.Type().OID == pgtypes.OIDRecord {
			return nil, s.b.errorAt(exprPos(e), pgerr.FeatureNotSupported, "record type has not been registered")
		}
		return nil, s.b.errorAt(exprPos(e), pgerr.WrongObjectType, "type %s is not composite", typeText(e.Type().OID))
	}
	fields := make([]starField, len(names))
	for i := range names {
		fields[i].name = names[i]
		if row, ok := e.(*translate.RowExpr); ok {
			fields[i].expr = row.Fields[i]
			continue
		}
		t := typed(types[i].OID, exprPos(e))
		fields[i].expr = &translate.FieldSelect{Typed: t, Arg: e, Field: i, Name: names[i]}
	}
	return fields, nil
}

// resolveUnknowns is resolveTargetListUnknowns.
func (s *scope) resolveUnknowns(t *targetList) error {
	for _, e := range t.entries {
		if e.expr.Type().OID != pgtypes.OIDUnknown {
			continue
		}
		out, err := s.b.coerce(e.expr, pgtypes.Of(pgtypes.OIDText), implicit, 0)
		if err != nil {
			return err
		}
		e.expr = out
	}
	return nil
}

// figureName is FigureColname.
func figureName(n translate.Node) string {
	name, _ := figureNameStrength(n)
	if name == "" {
		return "?column?"
	}
	return name
}

// figureNameStrength is FigureColnameInternal: strength 2 is a good name, 1 a
// second choice.
func figureNameStrength(n translate.Node) (string, int) {
	switch n := n.(type) {
	case *translate.ColumnRef:
		if len(n.Fields) > 0 {
			return n.Fields[len(n.Fields)-1], 2
		}
	case *translate.Indirection:
		for i := len(n.Items) - 1; i >= 0; i-- {
			if f, ok := n.Items[i].(*translate.Field); ok {
				return f.Name, 2
			}
		}
		return figureNameStrength(n.Arg)
	case *translate.FuncCall:
		return n.Name[len(n.Name)-1], 2
	case *translate.AExpr:
		if n.Kind == translate.AExprNullIf {
			return "nullif", 2
		}
	case *translate.TypeCast:
		if name, strength := figureNameStrength(n.Arg); strength > 1 {
			return name, strength
		}
		return n.TypeName.Names[len(n.TypeName.Names)-1], 1
	case *translate.CollateClause:
		return figureNameStrength(n.Arg)
	case *translate.GroupingNode:
		return "grouping", 2
	case *translate.SubLink:
		return sublinkName(n)
	case *translate.CaseNode:
		if name, strength := figureNameStrength(n.Else); strength > 1 {
			return name, strength
		}
		return "case", 1
	case *translate.ArrayNode:
		return "array", 2
	case *translate.RowNode:
		return "row", 2
	case *translate.CoalesceNode:
		return "coalesce", 2
	case *translate.MinMaxNode:
		if n.Greatest {
			return "greatest", 2
		}
		return "least", 2
	case *translate.SQLValueFunction:
		return n.Name, 2
	}
	return "", 0
}

func sublinkName(n *translate.SubLink) (string, int) {
	switch n.Kind {
	case translate.SubLinkExists:
		return "exists", 2
	case translate.SubLinkArray:
		return "array", 2
	case translate.SubLinkExpr:
		q := n.Query
		for q.Op != translate.NoSetOp {
			q = q.Left
		}
		if q.Values != nil {
			return "column1", 2
		}
		if len(q.Targets) > 0 {
			if q.Targets[0].Name != "" {
				return q.Targets[0].Name, 2
			}
			return figureName(q.Targets[0].Value), 2 // the sub-query's column has a name, be it ?column?
		}
	}
	return "", 0
}
