package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// Tables of sources without SQL that can define tables nevertheless.

// createPlainTable makes a table at a backends.Definer.
func (s *Session) createPlainTable(ctx context.Context, at *place, n *translate.CreateStmt) error {
	table, err := plainTable(at, n)
	if err != nil {
		return err
	}
	return s.withDefiner(ctx, at, func(d backends.Definer) error { return d.CreateTable(ctx, *table) })
}

func (s *Session) dropPlainTable(ctx context.Context, at *place) error {
	return s.withDefiner(ctx, at, func(d backends.Definer) error { return d.DropTable(ctx, at.remote) })
}

// withDefiner runs a definition inside the session's transaction, or in one of its
// own.
func (s *Session) withDefiner(ctx context.Context, at *place, run func(backends.Definer) error) error {
	return s.inTransaction(at.server, func() error {
		p, err := s.tx.transactionOn(ctx, at.server)
		if err != nil {
			return at.server.Checked(err)
		}
		definer, ok := p.tx.(backends.Definer)
		if !ok {
			return pgerr.Unsupported("server %q of kind %s can not be changed by definitions", at.server.Name, at.server.Backend.Kind())
		}
		p.wrote = true
		if err := run(definer); err != nil {
			return at.server.Checked(err)
		}
		s.tx.defines(at.server)
		return nil
	})
}

// emptyPlainTable removes all rows of a table of a source without SQL.
func (s *Session) emptyPlainTable(ctx context.Context, at *place) error {
	if err := s.tx.claim(at.server, "TRUNCATE TABLE"); err != nil {
		return err
	}
	return s.inTransaction(at.server, func() error {
		w := &write{session: s, server: at.server, table: at.table}
		target := w.wholeRow()
		none, err := array.NewRecordReader(backends.SchemaOf(target.Columns), nil)
		if err != nil {
			return err
		}
		defer none.Release()
		_, err = w.put(ctx, target, none, backends.WriteMode{Kind: backends.Truncate})
		return err
	})
}

// plainTable reads a definition that has nothing but types, NOT NULL and keys.
func plainTable(at *place, n *translate.CreateStmt) (*backends.Table, error) {
	kind := at.server.Backend.Kind()
	if what := unusual(n); what != "" {
		return nil, pgerr.Unsupported("%s is not supported on a %s server", what, kind)
	}
	table := &backends.Table{Name: at.remote, Kind: translate.OrdinaryTable, Rows: 0, Bytes: -1}
	index := func(name string) int {
		for i := range table.Columns {
			if table.Columns[i].Name == name {
				return i
			}
		}
		return -1
	}
	var constraints []*translate.Constraint
	for _, c := range n.Columns {
		t, numbered, err := columnType(c)
		if err != nil {
			return nil, err
		}
		if numbered {
			return nil, pgerr.Unsupported("serial columns are not supported on a %s server", kind)
		}
		if index(c.Name) >= 0 {
			return nil, pgerr.New(pgerr.DuplicateColumn, "column %q specified more than once", c.Name)
		}
		column := translate.TableColumn{Name: c.Name, Type: t}
		switch t.OID {
		case pgtypes.OIDText, pgtypes.OIDVarchar, pgtypes.OIDBpchar:
			column.Collation = pgtypes.CollationDefault
		}
		for _, k := range c.Constraints {
			column.NotNull = column.NotNull || k.Kind == translate.ConstraintNotNull
			own := *k
			if len(own.Keys) == 0 {
				own.Keys = []string{c.Name}
			}
			constraints = append(constraints, &own)
		}
		table.Columns = append(table.Columns, column)
	}
	for _, k := range append(constraints, n.Constraints...) {
		if err := plainConstraint(table, k, index, string(kind)); err != nil {
			return nil, err
		}
	}
	return table, nil
}

func plainConstraint(table *backends.Table, k *translate.Constraint, index func(string) int, kind string) error {
	switch k.Kind {
	case translate.ConstraintNull, translate.ConstraintNotNull:
		return nil
	case translate.ConstraintPrimary, translate.ConstraintUnique:
	default:
		return pgerr.Unsupported("this constraint is not supported on a %s server", kind).WithHint("NOT NULL, PRIMARY KEY and UNIQUE are.")
	}
	key := make([]int, len(k.Keys))
	for i, name := range k.Keys {
		if key[i] = index(name); key[i] < 0 {
			return pgerr.New(pgerr.UndefinedColumn, "column %q named in key does not exist", name)
		}
	}
	if k.Kind == translate.ConstraintUnique {
		table.Keys = append(table.Keys, key)
		return nil
	}
	if table.PrimaryKey {
		return pgerr.New(pgerr.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", table.Name.Name)
	}
	for _, i := range key {
		table.Columns[i].NotNull = true
	}
	table.Keys, table.PrimaryKey = append([][]int{key}, table.Keys...), true
	return nil
}
