package exec

import (
	"context"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
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
	dialect, err := dialectFor(ctx, at.server)
	if err != nil {
		return err
	}
	if err := s.definable(dialect, at.server); err != nil {
		return err
	}
	var sql string
	if dialect.Native {
		sql, err = s.nativeText(ctx, p, at.server)
	} else {
		sql, err = tableDefinition(dialect, at.remote, n)
	}
	if err != nil {
		return err
	}
	return s.executeOn(ctx, at.server, sql)
}

func (s *Session) tableExists(name string, ifNotExists bool, out session.Out) error {
	if ifNotExists {
		return out.Notice(pgerr.Notice("NOTICE", pgerr.DuplicateTable, "relation %q already exists, skipping", name))
	}
	return pgerr.New(pgerr.DuplicateTable, "relation %q already exists", name)
}

// tableDefinition writes CREATE TABLE in a dialect that is not Postgres's.
func tableDefinition(d *translate.Dialect, remote translate.RemoteName, n *translate.CreateStmt) (string, error) {
	switch {
	case len(n.Like) > 0:
		return "", pgerr.Unsupported("CREATE TABLE ... LIKE is not supported on a %s server", d.Name)
	case len(n.Inherits) > 0:
		return "", pgerr.Unsupported("table inheritance is not supported on a %s server", d.Name)
	case n.Partitioned:
		return "", pgerr.Unsupported("partitioned tables are not supported on a %s server", d.Name)
	case n.Typed:
		return "", pgerr.Unsupported("CREATE TABLE ... OF is not supported on a %s server", d.Name)
	}
	parts := make([]string, 0, len(n.Columns)+len(n.Constraints))
	for _, c := range n.Columns {
		part, err := columnDefinition(d, c)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	for _, c := range n.Constraints {
		part, err := tableConstraint(d, c)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return "CREATE TABLE " + d.TableName(remote) + " (" + strings.Join(parts, ", ") + ")", nil
}

func columnDefinition(d *translate.Dialect, c *translate.ColumnDef) (string, error) {
	if len(c.Type.Names) > 0 && strings.HasSuffix(c.Type.Names[len(c.Type.Names)-1], "serial") {
		return "", pgerr.Unsupported("type %s is not supported on a %s server", c.Type.Names[len(c.Type.Names)-1], d.Name).
			WithHint("Use an integer column.")
	}
	t, err := bind.ResolveType(c.Type)
	if err != nil {
		return "", err
	}
	name := d.ColumnType(t)
	if name == "" {
		return "", pgerr.Unsupported("type %s can not be stored on a %s server", pgtypes.FormatType(t), d.Name)
	}
	sql := d.Identifier(c.Name) + " " + name
	for _, k := range c.Constraints {
		part, err := columnConstraint(d, k)
		if err != nil {
			return "", err
		}
		sql += part
	}
	return sql, nil
}

func columnConstraint(d *translate.Dialect, k *translate.Constraint) (string, error) {
	switch k.Kind {
	case translate.ConstraintNull:
		return "", nil
	case translate.ConstraintNotNull:
		return " NOT NULL", nil
	case translate.ConstraintPrimary:
		return " NOT NULL PRIMARY KEY", nil
	case translate.ConstraintUnique:
		return " UNIQUE", nil
	case translate.ConstraintDefault:
		constant, ok := k.Expr.(*translate.AConst)
		if !ok {
			return "", pgerr.Unsupported("a default that is not a constant is not supported on a %s server", d.Name)
		}
		return " DEFAULT " + constantText(constant), nil
	}
	return "", pgerr.Unsupported("this column constraint is not supported on a %s server", d.Name).
		WithHint("NOT NULL, PRIMARY KEY, UNIQUE and DEFAULT with a constant are.")
}

func constantText(c *translate.AConst) string {
	switch c.Kind {
	case translate.ConstInteger:
		return strconv.Itoa(int(c.Int))
	case translate.ConstFloat:
		return c.Text
	case translate.ConstBoolean:
		if c.Bool {
			return "1"
		}
		return "0"
	case translate.ConstNull:
		return "NULL"
	default:
		return quoteLiteral(c.Text)
	}
}

func tableConstraint(d *translate.Dialect, k *translate.Constraint) (string, error) {
	kind := ""
	switch k.Kind {
	case translate.ConstraintPrimary:
		kind = "PRIMARY KEY"
	case translate.ConstraintUnique:
		kind = "UNIQUE"
	default:
		return "", pgerr.Unsupported("this table constraint is not supported on a %s server", d.Name).
			WithHint("PRIMARY KEY and UNIQUE are.")
	}
	return kind + " (" + identifierList(d, k.Keys) + ")", nil
}

func identifierList(d *translate.Dialect, names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = d.Identifier(name)
	}
	return strings.Join(quoted, ", ")
}

// drop runs DROP TABLE and DROP INDEX.
func (s *Session) drop(ctx context.Context, n *translate.DropStmt, out session.Out) error {
	if n.Object != "TABLE" && n.Object != "VIEW" {
		return pgerr.Unsupported("DROP %s is not supported", n.Object)
	}
	for _, name := range n.Names {
		at, err := s.existing(ctx, relationOf(name), n.IfExists, out)
		if err != nil {
			return err
		}
		if at == nil {
			continue
		}
		dialect, err := dialectFor(ctx, at.server)
		if err != nil {
			return err
		}
		if err := s.definable(dialect, at.server); err != nil {
			return err
		}
		sql := "DROP " + n.Object + " " + dialect.TableName(at.remote)
		if n.Cascade && dialect.Native {
			sql += " CASCADE"
		}
		if err := s.executeOn(ctx, at.server, sql); err != nil {
			return err
		}
	}
	return nil
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
		dialect, err := dialectFor(ctx, at.server)
		if err != nil {
			return err
		}
		sql := "DELETE FROM " + dialect.TableName(at.remote)
		if dialect.Native {
			sql = "TRUNCATE TABLE " + dialect.TableName(at.remote)
			if n.RestartIdentity {
				sql += " RESTART IDENTITY"
			}
			if n.Cascade {
				sql += " CASCADE"
			}
		}
		if err := s.executeOn(ctx, at.server, sql); err != nil {
			return err
		}
	}
	return nil
}

// alterTable runs ALTER TABLE.
func (s *Session) alterTable(ctx context.Context, p *portal, n *translate.AlterTableStmt, out session.Out) error {
	at, err := s.existing(ctx, n.Relation, n.IfExists, out)
	if err != nil || at == nil {
		return err
	}
	dialect, err := dialectFor(ctx, at.server)
	if err != nil {
		return err
	}
	if err := s.definable(dialect, at.server); err != nil {
		return err
	}
	if dialect.Native {
		sql, err := s.nativeText(ctx, p, at.server)
		if err != nil {
			return err
		}
		return s.executeOn(ctx, at.server, sql)
	}
	for _, c := range n.Commands {
		sql, err := alteration(dialect, c)
		if err != nil {
			return err
		}
		if err := s.executeOn(ctx, at.server, "ALTER TABLE "+dialect.TableName(at.remote)+" "+sql); err != nil {
			return err
		}
	}
	return nil
}

func alteration(d *translate.Dialect, c *translate.AlterTableCmd) (string, error) {
	switch c.Kind {
	case translate.AlterAddColumn:
		column, err := columnDefinition(d, c.Column)
		return "ADD COLUMN " + column, err
	case translate.AlterDropColumn:
		return "DROP COLUMN " + d.Identifier(c.Name), nil
	}
	return "", pgerr.Unsupported("this form of ALTER TABLE is not supported on a %s server", d.Name).
		WithHint("ADD COLUMN, DROP COLUMN and RENAME are.")
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
	dialect, err := dialectFor(ctx, at.server)
	if err != nil {
		return err
	}
	if err := s.definable(dialect, at.server); err != nil {
		return err
	}
	sql := "ALTER TABLE " + dialect.TableName(at.remote) + " RENAME TO " + dialect.Identifier(n.NewName)
	if n.Object == "COLUMN" {
		sql = "ALTER TABLE " + dialect.TableName(at.remote) + " RENAME COLUMN " + dialect.Identifier(n.SubName) + " TO " + dialect.Identifier(n.NewName)
	}
	return s.executeOn(ctx, at.server, sql)
}

// createIndex runs CREATE INDEX.
func (s *Session) createIndex(ctx context.Context, p *portal, n *translate.IndexStmt, out session.Out) error {
	at, err := s.existing(ctx, n.Relation, false, out)
	if err != nil {
		return err
	}
	dialect, err := dialectFor(ctx, at.server)
	if err != nil {
		return err
	}
	if err := s.definable(dialect, at.server); err != nil {
		return err
	}
	var sql string
	if dialect.Native {
		sql, err = s.nativeText(ctx, p, at.server)
	} else {
		sql, err = indexDefinition(dialect, at.remote, n)
	}
	if err != nil {
		return err
	}
	return s.executeOn(ctx, at.server, sql)
}

func indexDefinition(d *translate.Dialect, remote translate.RemoteName, n *translate.IndexStmt) (string, error) {
	if n.Where != nil || len(n.Including) > 0 || n.NullsNotDistinct {
		return "", pgerr.Unsupported("partial and covering indexes are not supported on a %s server", d.Name)
	}
	columns := make([]string, len(n.Elems))
	name := n.Name
	if name == "" {
		name = n.Relation.Name
	}
	for i, e := range n.Elems {
		if e.Expr != nil {
			return "", pgerr.Unsupported("indexes on expressions are not supported on a %s server", d.Name)
		}
		columns[i] = d.Identifier(e.Name)
		if e.Dir == translate.SortDesc {
			columns[i] += " DESC"
		}
		if n.Name == "" {
			name += "_" + e.Name
		}
	}
	if n.Name == "" {
		name += "_idx"
	}
	unique := ""
	if n.Unique {
		unique = "UNIQUE "
	}
	return "CREATE " + unique + "INDEX " + d.Identifier(name) + " ON " + d.TableName(remote) + " (" + strings.Join(columns, ", ") + ")", nil
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
