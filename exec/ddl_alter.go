package exec

import (
	"context"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// alterTable runs ALTER TABLE.
func (s *Session) alterTable(ctx context.Context, p *portal, n *translate.AlterTableStmt, out session.Out) error {
	at, err := s.existing(ctx, n.Relation, n.IfExists, out)
	if err != nil || at == nil {
		return err
	}
	dialect, err := s.sqlDefinitions(ctx, at.server)
	if err != nil {
		return err
	}
	if dialect.Native {
		sql, err := s.nativeText(ctx, p, at.server)
		if err != nil {
			return err
		}
		return s.defineOn(ctx, at.server, sql)
	}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	var statements []string
	for _, c := range n.Commands {
		// Each command sees the columns as they were: all are checked before any runs.
		d := s.newDefiner(ctx, at, dialect, snapshot, p.statement.source, n.Relation.Name)
		sql, err := d.alteration(at.table, c, out)
		if err != nil {
			return err
		}
		statements = append(statements, sql...)
	}
	for _, sql := range statements {
		if err := s.defineOn(ctx, at.server, sql); err != nil {
			return err
		}
	}
	return nil
}

// alteration writes one command of ALTER TABLE.
func (d *definer) alteration(table *translate.Table, c *translate.AlterTableCmd, out session.Out) ([]string, error) {
	head := "ALTER TABLE " + d.dialect.TableName(table.Remote) + " "
	switch c.Kind {
	case translate.AlterAddColumn:
		return d.addColumn(head, table, c, out)
	case translate.AlterDropColumn:
		if table.ColumnIndex(c.Name) < 0 {
			if c.IfExists {
				return nil, out.Notice(pgerr.Notice("NOTICE", pgerr.SuccessfulCompletion, "column %q of relation %q does not exist, skipping", c.Name, table.Name))
			}
			return nil, undefinedColumn(c.Name, table)
		}
		return []string{head + "DROP COLUMN " + d.dialect.Identifier(c.Name)}, nil
	case translate.AlterColumnDefault:
		if d.dialect.Name == "mysql" {
			return d.alterDefault(head, table, c)
		}
	case translate.AlterAddConstraint:
		return d.addConstraint(head, table, c.Constraint)
	case translate.AlterOwner:
		return nil, nil // sources other than Postgres have no owners
	}
	return nil, pgerr.Unsupported("this form of ALTER TABLE is not supported on a %s server", d.dialect.Name).
		WithHint("ADD COLUMN, DROP COLUMN and RENAME are.")
}

func undefinedColumn(name string, table *translate.Table) error {
	return pgerr.New(pgerr.UndefinedColumn, "column %q of relation %q does not exist", name, table.Name)
}

func (d *definer) addColumn(head string, table *translate.Table, c *translate.AlterTableCmd, out session.Out) ([]string, error) {
	if table.ColumnIndex(c.Column.Name) >= 0 {
		if c.IfExists {
			return nil, out.Notice(pgerr.Notice("NOTICE", pgerr.DuplicateColumn, "column %q of relation %q already exists, skipping", c.Column.Name, table.Name))
		}
		return nil, pgerr.New(pgerr.DuplicateColumn, "column %q of relation %q already exists", c.Column.Name, table.Name)
	}
	if err := d.add(c.Column); err != nil {
		return nil, err
	}
	if len(d.primary) > 0 || d.table.Columns[0].Generated {
		return nil, pgerr.Unsupported("adding a primary key column is not supported on a %s server", d.dialect.Name)
	}
	column, err := d.column(c.Column)
	if err != nil {
		return nil, err
	}
	constraints, err := d.constraints([]*translate.ColumnDef{c.Column}, nil)
	if err != nil {
		return nil, err
	}
	if len(constraints) == 0 {
		return []string{head + "ADD COLUMN " + column}, nil
	}
	if d.dialect.Name == "sqlite" {
		return nil, pgerr.Unsupported("adding a column with this constraint is not supported on a %s server", d.dialect.Name)
	}
	return []string{head + "ADD COLUMN " + column + ", ADD " + strings.Join(constraints, ", ADD ")}, nil
}

func (d *definer) alterDefault(head string, table *translate.Table, c *translate.AlterTableCmd) ([]string, error) {
	at := table.ColumnIndex(c.Name)
	if at < 0 {
		return nil, undefinedColumn(c.Name, table)
	}
	if c.Expr == nil {
		return []string{head + "ALTER COLUMN " + d.dialect.Identifier(c.Name) + " DROP DEFAULT"}, nil
	}
	d.table.Columns = table.Columns
	text, err := d.defaultText(&table.Columns[at], c.Expr)
	return []string{head + "ALTER COLUMN " + d.dialect.Identifier(c.Name) + " SET DEFAULT " + text}, err
}

func (d *definer) addConstraint(head string, table *translate.Table, k *translate.Constraint) ([]string, error) {
	d.table.Columns = table.Columns
	if table.PrimaryKey {
		for _, i := range table.Keys[0] {
			d.primary = append(d.primary, table.Columns[i].Name)
		}
	}
	if k.Kind == translate.ConstraintPrimary && table.PrimaryKey {
		return nil, pgerr.New(pgerr.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", table.Name)
	}
	constraints, err := d.constraints(nil, []*translate.Constraint{k})
	if err != nil {
		return nil, err
	}
	if d.dialect.Name != "sqlite" {
		return []string{head + "ADD " + constraints[0]}, nil
	}
	if k.Kind != translate.ConstraintUnique {
		return nil, pgerr.Unsupported("this form of ALTER TABLE is not supported on a %s server", d.dialect.Name).
			WithHint("Give the constraint in CREATE TABLE.")
	}
	return []string{"CREATE UNIQUE INDEX " + d.dialect.Identifier(d.names[0]) + " ON " + d.dialect.Identifier(table.Remote.Name) + " (" + d.identifiers(k.Keys) + ")"}, nil
}

// rename runs ALTER TABLE ... RENAME.
func (s *Session) rename(ctx context.Context, n *translate.RenameStmt, out session.Out) error {
	if n.Relation == nil || n.Object != "TABLE" && n.Object != "COLUMN" {
		return pgerr.Unsupported("ALTER %s RENAME is not supported", n.Object)
	}
	at, err := s.existing(ctx, n.Relation, n.IfExists, out)
	if err != nil || at == nil {
		return err
	}
	dialect, err := s.sqlDefinitions(ctx, at.server)
	if err != nil {
		return err
	}
	head := "ALTER TABLE " + dialect.TableName(at.remote)
	if n.Object == "COLUMN" {
		if at.table.ColumnIndex(n.SubName) < 0 {
			return pgerr.New(pgerr.UndefinedColumn, "column %q does not exist", n.SubName)
		}
		if at.table.ColumnIndex(n.NewName) >= 0 {
			return pgerr.New(pgerr.DuplicateColumn, "column %q of relation %q already exists", n.NewName, at.table.Name)
		}
		return s.defineOn(ctx, at.server, head+" RENAME COLUMN "+dialect.Identifier(n.SubName)+" TO "+dialect.Identifier(n.NewName))
	}
	other := *n.Relation
	other.Name = n.NewName
	if there, err := s.placeOf(ctx, &other); err == nil && there.table != nil {
		return pgerr.New(pgerr.DuplicateTable, "relation %q already exists", n.NewName)
	}
	to := dialect.Identifier(n.NewName)
	if !dialect.Native {
		// MySQL would move the table to the connection's own database.
		to = dialect.TableName(translate.RemoteName{Schema: at.remote.Schema, Name: n.NewName})
	}
	return s.defineOn(ctx, at.server, head+" RENAME TO "+to)
}

// createIndex runs CREATE INDEX.
func (s *Session) createIndex(ctx context.Context, p *portal, n *translate.IndexStmt, out session.Out) error {
	at, err := s.existing(ctx, n.Relation, false, out)
	if err != nil {
		return err
	}
	dialect, err := s.sqlDefinitions(ctx, at.server)
	if err != nil {
		return err
	}
	if dialect.Native {
		sql, err := s.nativeText(ctx, p, at.server)
		if err != nil {
			return err
		}
		return s.defineOn(ctx, at.server, sql)
	}
	taken, err := s.indexNames(ctx, at)
	if err != nil {
		return err
	}
	if n.Name != "" && taken[n.Name] {
		return s.tableExists(n.Name, n.IfNotExists, out)
	}
	sql, err := indexDefinition(dialect, at, n, taken)
	if err != nil {
		return err
	}
	return s.defineOn(ctx, at.server, sql)
}

// indexNames are the names of the indexes of a table.
func (s *Session) indexNames(ctx context.Context, at *place) (map[string]bool, error) {
	described, err := s.describeNow(ctx, at)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, index := range described.Indexes {
		names[index.Name] = true
	}
	return names, nil
}

func indexDefinition(d *translate.Dialect, at *place, n *translate.IndexStmt, taken map[string]bool) (string, error) {
	if n.Where != nil || len(n.Including) > 0 || n.NullsNotDistinct {
		return "", pgerr.Unsupported("partial and covering indexes are not supported on a %s server", d.Name)
	}
	if n.Method != "" && n.Method != "btree" && n.Method != "hash" {
		return "", pgerr.Unsupported("access method %q is not supported on a %s server", n.Method, d.Name)
	}
	columns := make([]string, len(n.Elems))
	stem := n.Relation.Name
	for i, e := range n.Elems {
		if e.Expr != nil {
			return "", pgerr.Unsupported("indexes on expressions are not supported on a %s server", d.Name)
		}
		if at.table.ColumnIndex(e.Name) < 0 {
			return "", pgerr.New(pgerr.UndefinedColumn, "column %q does not exist", e.Name)
		}
		columns[i] = d.Identifier(at.table.RemoteColumn(at.table.ColumnIndex(e.Name)))
		if e.Dir == translate.SortDesc {
			columns[i] += " DESC"
		}
		stem += "_" + e.Name
	}
	name := n.Name
	if name == "" {
		stem += "_idx"
		name = stem
		for i := 1; taken[name]; i++ {
			name = stem + strconv.Itoa(i)
		}
	}
	unique := ""
	if n.Unique {
		unique = "UNIQUE "
	}
	// SQLite wants the schema before the index, where it has only one.
	table := d.TableName(at.remote)
	return "CREATE " + unique + "INDEX " + d.Identifier(name) + " ON " + table + " (" + strings.Join(columns, ", ") + ")", nil
}

// dropIndexes runs DROP INDEX.
func (s *Session) dropIndexes(ctx context.Context, n *translate.DropStmt, out session.Out) error {
	for _, name := range n.Names {
		at, err := s.indexPlace(ctx, relationOf(name))
		if err != nil {
			return err
		}
		last := name[len(name)-1]
		if at == nil {
			if !n.IfExists {
				return pgerr.New(pgerr.UndefinedObject, "index %q does not exist", last)
			}
			if err := out.Notice(pgerr.Notice("NOTICE", pgerr.SuccessfulCompletion, "index %q does not exist, skipping", last)); err != nil {
				return err
			}
			continue
		}
		dialect, err := s.sqlDefinitions(ctx, at.server)
		if err != nil {
			return err
		}
		sql := "DROP INDEX " + dialect.TableName(translate.RemoteName{Schema: at.remote.Schema, Name: last})
		if dialect.Name == "mysql" {
			sql = "DROP INDEX " + dialect.Identifier(last) + " ON " + dialect.TableName(at.remote)
		}
		if err := s.defineOn(ctx, at.server, sql); err != nil {
			return err
		}
	}
	return nil
}

// indexPlace finds the table that has an index; nil if there is none.
func (s *Session) indexPlace(ctx context.Context, name *translate.RangeVar) (*place, error) {
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	schemas := s.searchPath(snapshot)
	if name.Schema != "" {
		schemas = []string{name.Schema}
	}
	for _, schema := range schemas {
		server, _ := snapshot.MountOf(schema)
		if server == nil {
			continue
		}
		entries, err := snapshot.Entries(ctx, schema)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if entry.ServerOf() == nil {
				continue
			}
			described, err := snapshot.Describe(ctx, entry)
			if err != nil || described.Source == nil {
				continue // a table that went away since
			}
			for _, index := range described.Source.Indexes {
				if index.Name == name.Name && !index.Primary {
					return &place{server: entry.ServerOf(), remote: described.Table.Remote, table: described.Table}, nil
				}
			}
		}
	}
	return nil, nil
}
