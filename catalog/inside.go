package catalog

import (
	"context"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// RelationInside finds a table of server as describe sees it: for a transaction that
// has defined tables there, which nobody else sees before it commits. known is false
// when the name is not that server's, so that Relation has the answer.
func (s *Snapshot) RelationInside(ctx context.Context, server *Server, schemaName, name string,
	describe func(context.Context, backends.TableName) (*backends.Table, error),
) (table *translate.Table, known bool, err error) {
	sc := s.schemas[schemaName]
	if sc == nil {
		return nil, false, nil
	}
	entry := sc.fixed[name]
	if entry == nil && sc.mount != nil {
		entry = sc.lookup(s, name)
	}
	if entry == nil || entry.server != server {
		return nil, false, nil
	}
	source, err := describe(ctx, entry.remote)
	if pgerr.Code(err) == pgerr.UndefinedTable {
		return nil, true, nil
	}
	if err != nil {
		return nil, true, server.Checked(err)
	}
	table, err = entry.tableOf(source)
	return table, true, err
}
