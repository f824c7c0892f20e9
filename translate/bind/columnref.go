package bind

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// columnRef is transformColumnRef.
func (s *scope) columnRef(n *translate.ColumnRef) (translate.Expr, error) {
	fields := n.Fields
	if n.Star {
		if len(fields) == 0 {
			return nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "invalid use of \"*\"")
		}
		item, err := s.relation(fields, n.Pos)
		if err != nil {
			return nil, err
		}
		return s.wholeRow(item, n.Pos), nil
	}
	switch len(fields) {
	case 1:
		e, err := s.lookupColumn(fields[0], n.Pos)
		if e != nil || err != nil {
			return e, err
		}
		item, err := s.lookupRelation("", fields[0], n.Pos)
		if err != nil {
			return nil, err
		}
		if item != nil {
			return s.wholeRow(item, n.Pos), nil
		}
		return nil, s.missingColumn("", fields[0], n.Pos)
	case 2, 3, 4:
		name := fields[len(fields)-1]
		item, err := s.relation(fields[:len(fields)-1], n.Pos)
		if err != nil {
			return nil, err
		}
		e, err := s.columnOf(item, name, n.Pos)
		if e != nil || err != nil {
			return e, err
		}
		return nil, s.missingColumn(fields[len(fields)-2], name, n.Pos)
	default:
		return nil, s.b.errorAt(n.Pos, pgerr.SyntaxError, "improper qualified name (too many dotted names): %s", dotted(fields))
	}
}

// relation finds the relation that qualifies a column, or raises the error of its
// absence.
func (s *scope) relation(names []string, pos int) (*nsItem, error) {
	schema, name := "", names[len(names)-1]
	if len(names) > 1 {
		schema = names[len(names)-2]
	}
	item, err := s.lookupRelation(schema, name, pos)
	if err != nil {
		return nil, err
	}
	if item == nil {
		return nil, s.missingRelation(schema, name, pos)
	}
	return item, nil
}

// lookupRelation is refnameNamespaceItem, through all levels.
func (s *scope) lookupRelation(schema, name string, pos int) (*nsItem, error) {
	for level := s; level != nil; level = level.parent {
		var found *nsItem
		for _, item := range level.items {
			if !item.relVisible || item.lateralOnly && !level.lateral || !item.named(schema, name) {
				continue
			}
			if found != nil {
				return nil, s.b.errorAt(pos, pgerr.AmbiguousAlias, "table reference \"%s\" is ambiguous", name)
			}
			found = item
		}
		if found != nil {
			return found, level.checkLateral(found, pos)
		}
	}
	return nil, nil
}

func (item *nsItem) named(schema, name string) bool {
	if schema == "" {
		return item.name == name
	}
	return item.table != nil && !item.aliased && item.table.Schema == schema && item.table.Name == name
}

// checkLateral refuses a reference that LATERAL may not make, and notes the others.
func (s *scope) checkLateral(item *nsItem, pos int) error {
	if !item.lateralOnly {
		return nil
	}
	if !item.lateralOK {
		err := s.b.errorAt(pos, pgerr.InvalidColumnReference, "invalid reference to FROM-clause entry for table \"%s\"", item.name)
		if item.target {
			return err.WithHint("There is an entry for table \"%s\", but it cannot be referenced from this part of the query.", item.name)
		}
		return err.WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.")
	}
	s.lateralUsed = true
	return nil
}

// lookupColumn is colNameToVar: nil, nil when no relation has the column.
func (s *scope) lookupColumn(name string, pos int) (translate.Expr, error) {
	for level := s; level != nil; level = level.parent {
		var found translate.Expr
		for _, item := range level.items {
			if !item.colsVisible || item.lateralOnly && !level.lateral {
				continue
			}
			e, err := s.columnOf(item, name, pos)
			if err != nil {
				return nil, err
			}
			if e == nil {
				continue
			}
			if found != nil {
				return nil, s.b.errorAt(pos, pgerr.AmbiguousColumn, "column reference \"%s\" is ambiguous", name)
			}
			if err := level.checkLateral(item, pos); err != nil {
				return nil, err
			}
			found = e
		}
		if found != nil {
			return found, nil
		}
	}
	return nil, nil
}

// columnOf is scanNSItemForColumn.
func (s *scope) columnOf(item *nsItem, name string, pos int) (translate.Expr, error) {
	var found *nsColumn
	for i := range item.cols {
		if item.cols[i].name != name {
			continue
		}
		if found != nil {
			return nil, s.b.errorAt(pos, pgerr.AmbiguousColumn, "column reference \"%s\" is ambiguous", name)
		}
		found = &item.cols[i]
	}
	if found != nil {
		return found.ref(pos), nil
	}
	if item.table != nil {
		return s.systemColumn(item, name, pos)
	}
	return nil, nil
}

// systemColumn answers tableoid, which is the same for all rows of a table, and
// refuses the others: sources have no row versions to show.
func (s *scope) systemColumn(item *nsItem, name string, pos int) (translate.Expr, error) {
	switch name {
	case "tableoid":
		return &translate.Const{Typed: typed(pgtypes.OIDOid, pos), Value: int64(item.table.OID)}, nil
	case "ctid", "xmin", "xmax", "cmin", "cmax":
		return nil, s.b.errorAt(pos, pgerr.FeatureNotSupported, "system column \"%s\" is not supported", name)
	}
	return nil, nil
}

// wholeRow is a reference to a row as one value.
func (s *scope) wholeRow(item *nsItem, pos int) translate.Expr {
	if item.scalar {
		return item.cols[0].ref(pos)
	}
	row := &translate.RowExpr{Typed: typed(pgtypes.OIDRecord, pos)}
	for i := range item.cols {
		if item.cols[i].hidden {
			continue
		}
		row.Fields = append(row.Fields, item.cols[i].ref(pos))
		row.Names = append(row.Names, item.cols[i].name)
	}
	if s.b.wholeRows == nil {
		s.b.wholeRows = map[*translate.RowExpr]string{}
	}
	s.b.wholeRows[row] = item.name
	return row
}

// missingRelation is errorMissingRTE.
func (s *scope) missingRelation(schema, name string, pos int) error {
	for level := s; level != nil; level = level.parent {
		for _, item := range level.all {
			matches := item.name == name && schema == ""
			if item.table != nil && item.table.Name == name && (schema == "" || item.table.Schema == schema) {
				matches = true
			}
			if item.join || !matches {
				continue
			}
			err := s.b.errorAt(pos, pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table \"%s\"", name)
			if item.name != name && item.relVisible && !item.lateralOnly {
				return err.WithHint("Perhaps you meant to reference the table alias \"%s\".", item.name)
			}
			return err.WithHint("There is an entry for table \"%s\", but it cannot be referenced from this part of the query.", item.name)
		}
	}
	return s.b.errorAt(pos, pgerr.UndefinedTable, "missing FROM-clause entry for table \"%s\"", name)
}

// missingColumn is errorMissingColumn.
func (s *scope) missingColumn(relation, name string, pos int) error {
	text := "column \"" + name + "\" does not exist"
	if relation != "" {
		text = "column " + relation + "." + name + " does not exist"
	}
	err := s.b.errorAt(pos, pgerr.UndefinedColumn, "%s", text)
	m := s.closestColumn(relation, name)
	switch {
	case m.second != nil:
		err.Hint = "Perhaps you meant to reference the column \"" + m.first.qualified() + "\" or the column \"" + m.second.qualified() + "\"."
	case m.first != nil && m.exact:
		err.Hint = "There is a column named \"" + name + "\" in table \"" + m.first.item.name + "\", but it cannot be referenced from this part of the query."
	case m.first != nil:
		err.Hint = "Perhaps you meant to reference the column \"" + m.first.qualified() + "\"."
	}
	return err
}

// place is a column of a relation, for hints.
type place struct {
	item *nsItem
	name string
}

func (p *place) qualified() string { return strings.Join([]string{p.item.name, p.name}, ".") }
