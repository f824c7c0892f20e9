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
	dialect, err := dialectFor(ctx, at.server)
	if err != nil {
		return err
	}
	if err := s.definable(dialect, at.server); err != nil {
		return err
	}
	sql, err := definitionOf(dialect, at.remote, query.Output)
	if err != nil {
		return err
	}
	return s.fillNewTable(ctx, p, at, dialect, sql, query, !n.Into.NoData, out)
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
func (s *Session) fillNewTable(ctx context.Context, p *portal, at *place, dialect *translate.Dialect, definition string, query *translate.Query, withData bool, out session.Out) error {
	alone := s.tx.state == noTransaction
	if alone && !dialect.CommitsOnDDL {
		s.tx.begin(implicitTransaction, s.transactionDefaults())
	}
	finish := func(err error) error {
		if alone && s.tx.state == implicitTransaction {
			if err != nil {
				s.tx.rollback()
				return err
			}
			_, _, err = s.tx.commit()
		}
		s.engine.config.Catalog.Refresh()
		return err
	}
	if err := s.executeOn(ctx, at.server, definition); err != nil {
		return finish(err)
	}
	count := int64(0)
	if withData {
		var err error
		if count, err = s.writeQuery(ctx, p, at, query); err != nil {
			if dialect.CommitsOnDDL {
				_ = s.executeOn(context.WithoutCancel(ctx), at.server, "DROP TABLE "+dialect.TableName(at.remote))
			}
			return finish(err)
		}
	}
	if err := finish(nil); err != nil {
		return err
	}
	if !withData {
		return out.Complete("CREATE TABLE AS")
	}
	return out.Complete("SELECT " + strconv.FormatInt(count, 10))
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
	if !s.tx.open() {
		result, err := w.writer().Write(ctx, target, reader, backends.WriteMode{Kind: backends.Append})
		return result.Inserted, at.server.Checked(err)
	}
	result, err := w.append(ctx, target, reader)
	if err == nil {
		err = reader.err
	}
	return result.Inserted, err
}
