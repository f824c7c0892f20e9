package exec

import (
	"context"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
)

// insideView is a snapshot as the transaction sees it.
type insideView struct {
	of, view    *catalog.Snapshot
	definitions uint64
}

// seen is a snapshot as the transaction sees it: with the tables that it has defined
// itself, of which it asks on its own connection. Another would wait for its locks.
func (t *transaction) seen(snapshot *catalog.Snapshot) *catalog.Snapshot {
	describer := t.describer(t.defined)
	if describer == nil {
		return snapshot
	}
	if t.inside.of != snapshot || t.inside.definitions != t.definitions {
		t.inside = insideView{of: snapshot, view: snapshot.Inside(t.asked(describer)), definitions: t.definitions}
	}
	return t.inside.view
}

// asked makes the questions of a catalog wait for each other, and for reads of the
// transaction: there is one connection.
func (t *transaction) asked(describer backends.Describer) *catalog.Inside {
	connection := &t.session.connection
	in := &catalog.Inside{Server: t.defined, Describe: func(ctx context.Context, name backends.TableName) (*backends.Table, error) {
		connection.Lock()
		defer connection.Unlock()
		return describer.Describe(ctx, name)
	}}
	if lister, ok := describer.(backends.SchemaLister); ok {
		in.ListSchema = func(ctx context.Context, schema string) ([]*backends.Table, error) {
			connection.Lock()
			defer connection.Unlock()
			return lister.ListSchema(ctx, schema)
		}
	}
	if whole, ok := describer.(backends.SchemaDescriber); ok {
		in.DescribeSchema = func(ctx context.Context, schema string, visit func(*backends.Table) error) error {
			connection.Lock()
			defer connection.Unlock()
			return whole.DescribeSchema(ctx, schema, visit)
		}
	}
	return in
}
