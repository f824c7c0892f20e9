package exec

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// createTable runs CREATE TABLE.
func (s *Session) createTable(ctx context.Context, p *portal, n *translate.CreateStmt, out session.Out) error {
	if n.Foreign {
		return pgerr.Unsupported("CREATE FOREIGN TABLE is not supported").WithHint("Map the table in the configuration, under tables.")
	}
	at, err := s.placeOf(ctx, n.Relation)
	if err != nil {
		return err
	}
	if at.table != nil {
		return s.tableExists(n.Relation.Name, n.IfNotExists, out)
	}
	dialect, err := s.definitions(ctx, at.server)
	if err != nil {
		return err
	}
	switch {
	case dialect == nil:
		return s.createPlainTable(ctx, at, n)
	case dialect.Native:
		sql, err := s.nativeText(ctx, p, at.server)
		if err != nil {
			return err
		}
		return s.defineOn(ctx, at.server, sql)
	}
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	sql, err := s.newDefiner(ctx, at, dialect, snapshot, p.statement.source, n.Relation.Name).create(n)
	if err != nil {
		return err
	}
	return s.defineOn(ctx, at.server, sql)
}

func (s *Session) tableExists(name string, ifNotExists bool, out session.Out) error {
	if ifNotExists {
		return out.Notice(pgerr.Notice("NOTICE", pgerr.DuplicateTable, "relation %q already exists, skipping", name))
	}
	return pgerr.New(pgerr.DuplicateTable, "relation %q already exists", name)
}

// create writes CREATE TABLE.
func (d *definer) create(n *translate.CreateStmt) (string, error) {
	if what := unusual(n); what != "" {
		return "", pgerr.Unsupported("%s is not supported on a %s server", what, d.dialect.Name)
	}
	if len(n.Columns) == 0 {
		return "", pgerr.Unsupported("a table without columns is not supported on a %s server", d.dialect.Name)
	}
	for _, c := range n.Columns {
		if err := d.add(c); err != nil {
			return "", err
		}
	}
	if err := d.takePrimary(n.Constraints); err != nil {
		return "", err
	}
	parts := make([]string, 0, len(n.Columns)+len(n.Constraints))
	for _, c := range n.Columns {
		part, err := d.column(c)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	more, err := d.constraints(n.Columns, n.Constraints)
	if err != nil {
		return "", err
	}
	return "CREATE TABLE " + d.dialect.TableName(d.table.Remote) + " (" + strings.Join(append(parts, more...), ", ") + ")", nil
}

// takePrimary learns the primary key that stands among the table's constraints. Its
// columns are not null, which SQLite does not conclude by itself.
func (d *definer) takePrimary(constraints []*translate.Constraint) error {
	for _, k := range constraints {
		if k.Kind != translate.ConstraintPrimary {
			continue
		}
		if len(d.primary) > 0 {
			return pgerr.New(pgerr.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", d.table.Name)
		}
		d.primary = k.Keys
	}
	return nil
}

// unusual names what no other source than Postgres has.
func unusual(n *translate.CreateStmt) string {
	switch {
	case len(n.Like) > 0:
		return "CREATE TABLE ... LIKE"
	case len(n.Inherits) > 0:
		return "table inheritance"
	case n.Partitioned:
		return "CREATE TABLE ... PARTITION"
	case n.Typed:
		return "CREATE TABLE ... OF"
	}
	return ""
}

// drop runs DROP TABLE, DROP VIEW and DROP INDEX.
func (s *Session) drop(ctx context.Context, n *translate.DropStmt, out session.Out) error {
	switch n.Object {
	case "TABLE", "VIEW":
	case "INDEX":
		return s.dropIndexes(ctx, n, out)
	default:
		return pgerr.Unsupported("DROP %s is not supported", n.Object)
	}
	for _, name := range n.Names {
		at, err := s.existingObject(ctx, n, name, out)
		if err != nil {
			return err
		}
		if at == nil {
			continue
		}
		dialect, err := s.definitions(ctx, at.server)
		if err != nil {
			return err
		}
		if dialect == nil {
			err = s.dropPlainTable(ctx, at)
		} else {
			sql := "DROP " + n.Object + " " + dialect.TableName(at.remote)
			if n.Cascade && dialect.Native {
				sql += " CASCADE"
			}
			err = s.defineOn(ctx, at.server, sql)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// existingObject finds a table or view to drop, in Postgres's words if it is not
// there.
func (s *Session) existingObject(ctx context.Context, n *translate.DropStmt, name []string, out session.Out) (*place, error) {
	object := strings.ToLower(n.Object)
	relation := relationOf(name)
	at, err := s.placeOf(ctx, relation)
	if err == nil && at.table != nil {
		return at, nil
	}
	if err != nil && !n.IfExists && pgerr.Code(err) != pgerr.InvalidSchemaName {
		return nil, err
	}
	last := name[len(name)-1]
	if n.IfExists {
		if relation.Schema != "" && pgerr.Code(err) == pgerr.InvalidSchemaName {
			return nil, out.Notice(pgerr.Notice("NOTICE", pgerr.SuccessfulCompletion, "schema %q does not exist, skipping", relation.Schema))
		}
		return nil, out.Notice(pgerr.Notice("NOTICE", pgerr.SuccessfulCompletion, "%s %q does not exist, skipping", object, last))
	}
	if relation.Schema != "" && pgerr.Code(err) == pgerr.InvalidSchemaName {
		return nil, pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", relation.Schema)
	}
	return nil, pgerr.New(pgerr.UndefinedTable, "%s %q does not exist", object, strings.Join(name, "."))
}

// relationOf makes a relation of a qualified name.
func relationOf(name []string) *translate.RangeVar {
	r := &translate.RangeVar{Name: name[len(name)-1]}
	if len(name) > 1 {
		r.Schema = name[len(name)-2]
	}
	return r
}

// truncate runs TRUNCATE. Elsewhere than on Postgres it deletes: SQLite has no
// TRUNCATE, and MySQL's would commit the transaction.
func (s *Session) truncate(ctx context.Context, n *translate.TruncateStmt) error {
	for _, relation := range n.Relations {
		at, err := s.existing(ctx, relation, false, nil)
		if err != nil {
			return err
		}
		dialect, err := at.server.Backend.Dialect(ctx)
		if err != nil {
			return at.server.Checked(err)
		}
		switch {
		case dialect == nil:
			err = s.emptyPlainTable(ctx, at)
		case dialect.Native:
			sql := "TRUNCATE TABLE " + dialect.TableName(at.remote)
			if n.RestartIdentity {
				sql += " RESTART IDENTITY"
			}
			if n.Cascade {
				sql += " CASCADE"
			}
			err = s.executeOn(ctx, at.server, sql)
		default:
			err = s.executeOn(ctx, at.server, "DELETE FROM "+dialect.TableName(at.remote))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// runVacuum answers VACUUM and ANALYZE: the sources look after themselves, and what
// the gateway knows of them is asked anew.
func (s *Session) runVacuum(_ context.Context, n *translate.VacuumStmt, out session.Out) error {
	if !n.Analyze && s.tx.inBlock() {
		return pgerr.New(pgerr.ActiveSQLTransaction, "VACUUM cannot run inside a transaction block")
	}
	s.engine.config.Catalog.Refresh()
	if n.Analyze {
		return out.Complete("ANALYZE")
	}
	return out.Complete("VACUUM")
}

// runLock refuses LOCK TABLE: most sources have no such lock.
func (s *Session) runLock() error {
	if !s.tx.inBlock() {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "LOCK TABLE can only be used in transaction blocks")
	}
	return pgerr.Unsupported("LOCK TABLE is not supported")
}
