package exec

import (
	"context"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// createTableAs runs CREATE TABLE ... AS: the definition, then the rows, from any
// sources, in one transaction where the target has them for definitions.
func (s *Session) createTableAs(ctx context.Context, p *portal, n *translate.CreateTableAsStmt, u *translate.Utility, out session.Out) error {
	if n.Materialized {
		return pgerr.Unsupported("CREATE MATERIALIZED VIEW is not supported")
	}
	query, ok := u.Sub.(*translate.Query)
	if !ok {
		return pgerr.Unsupported("CREATE TABLE AS EXECUTE is not supported")
	}
	at, err := s.placeOf(ctx, n.Into.Relation)
	if err != nil {
		return err
	}
	if at.table != nil {
		if err := s.tableExists(n.Into.Relation.Name, n.IfNotExists, out); err != nil {
			return err
		}
		return out.Complete("CREATE TABLE AS")
	}
	query, err = renamed(query, n.Into.Columns)
	if err != nil {
		return err
	}
	dialect, err := s.definitions(ctx, at.server)
	if err != nil {
		return err
	}
	return s.fillNewTable(ctx, p, at, dialect, query, !n.Into.NoData, out)
}

// renamed gives a query's columns the names of CREATE TABLE t (names) AS.
func renamed(query *translate.Query, names []string) (*translate.Query, error) {
	if len(names) > len(query.Output) {
		return nil, pgerr.New(pgerr.SyntaxError, "too many column names were specified")
	}
	q := &translate.Query{Rel: query.Rel, Output: append([]translate.OutputColumn(nil), query.Output...)}
	seen := map[string]bool{}
	for i := range q.Output {
		if i < len(names) {
			q.Output[i].Name = names[i]
		}
		if seen[q.Output[i].Name] {
			return nil, pgerr.New(pgerr.DuplicateColumn, "column %q specified more than once", q.Output[i].Name)
		}
		seen[q.Output[i].Name] = true
	}
	return q, nil
}

func definitionOf(d *translate.Dialect, remote translate.RemoteName, output []translate.OutputColumn) (string, error) {
	columns := make([]string, len(output))
	for i, c := range output {
		name := ""
		if d.Native {
			name = pgtypes.FormatType(c.Type)
		} else if d.ColumnType != nil {
			name = d.ColumnType(c.Type)
		}
		if name == "" {
			return "", pgerr.Unsupported("column %q of type %s can not be stored on a %s server", c.Name, pgtypes.FormatType(c.Type), d.Name)
		}
		columns[i] = d.Identifier(c.Name) + " " + name
	}
	return "CREATE TABLE " + d.TableName(remote) + " (" + strings.Join(columns, ", ") + ")", nil
}

// fillNewTable makes a table and writes a query's rows to it.
func (s *Session) fillNewTable(ctx context.Context, p *portal, at *place, dialect *translate.Dialect, query *translate.Query, withData bool, out session.Out) error {
	count := int64(0)
	fill := func() (err error) {
		if withData {
			count, err = s.writeQuery(ctx, p, at, query)
		}
		return err
	}
	var err error
	switch {
	case dialect == nil:
		err = s.inTransaction(at.server, func() error {
			table := backends.Table{Name: at.remote, Kind: translate.OrdinaryTable, Bytes: -1}
			for _, c := range query.Output {
				table.Columns = append(table.Columns, translate.TableColumn{Name: c.Name, Type: c.Type, Collation: c.Coll})
			}
			if err := s.withDefiner(ctx, at, func(d backends.Definer) error { return d.CreateTable(ctx, table) }); err != nil {
				return err
			}
			return fill()
		})
	case dialect.CommitsOnDDL:
		err = s.fillCommitted(ctx, at, dialect, query, fill)
	default:
		err = s.inTransaction(at.server, func() error {
			sql, err := definitionOf(dialect, at.remote, query.Output)
			if err == nil {
				err = s.defineOn(ctx, at.server, sql)
			}
			if err != nil {
				return err
			}
			return fill()
		})
	}
	if err != nil {
		return err
	}
	if !withData {
		return out.Complete("CREATE TABLE AS")
	}
	return out.Complete("SELECT " + strconv.FormatInt(count, 10))
}

// fillCommitted is for servers where the definition is there for good at once: a
// failure of the rows takes it away again.
func (s *Session) fillCommitted(ctx context.Context, at *place, dialect *translate.Dialect, query *translate.Query, fill func() error) error {
	sql, err := definitionOf(dialect, at.remote, query.Output)
	if err != nil {
		return err
	}
	if err := s.defineOn(ctx, at.server, sql); err != nil {
		return err
	}
	err = s.inTransaction(at.server, fill)
	if err != nil {
		executor, ok := at.server.Backend.(backends.Executor)
		if ok {
			_, _ = executor.Execute(context.WithoutCancel(ctx), backends.QueryFragment{SQL: "DROP TABLE " + dialect.TableName(at.remote)})
		}
		s.engine.config.Catalog.Refresh()
	}
	return err
}

// writeQuery appends a query's rows to a table whose columns are the query's.
func (s *Session) writeQuery(ctx context.Context, p *portal, at *place, query *translate.Query) (int64, error) {
	snapshot := s.engine.config.Catalog.Acquire()
	defer s.engine.config.Catalog.Release(snapshot)
	w := &write{session: s, snapshot: snapshot, portal: p, server: at.server}
	rows, err := w.open(ctx, query)
	if err != nil {
		return 0, err
	}
	defer rows.close()
	target := backends.WriteTarget{Table: at.remote}
	for _, c := range query.Output {
		target.Columns = append(target.Columns, backends.Column{Name: c.Name, Type: c.Type})
	}
	reader := &rowsReader{rows: rows, ctx: ctx, schema: backends.SchemaOf(target.Columns)}
	result, err := w.append(ctx, target, reader)
	if err == nil {
		err = reader.err
	}
	return result.Inserted, err
}
