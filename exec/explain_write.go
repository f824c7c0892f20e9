package exec

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// planExplained plans what EXPLAIN shows: a query, or the rows of a write that its
// server does not carry out alone.
func (s *Session) planExplained(ctx context.Context, u *translate.Utility, p *portal, o *explainOptions, snapshot *catalog.Snapshot) (*plan.Plan, error) {
	stmt := u.Sub
	for {
		wrapped, ok := stmt.(*translate.Utility) // CREATE TABLE AS, DECLARE
		if !ok {
			break
		}
		stmt = wrapped.Sub
	}
	query, ok := stmt.(*translate.Query)
	if ok {
		return s.plan(ctx, query, snapshot)
	}
	if o.Analyze {
		return nil, pgerr.Unsupported("EXPLAIN ANALYZE of a statement that writes is not supported").WithHint("EXPLAIN it without ANALYZE, which does not run it.")
	}
	bound := *p
	bound.compiled = &compiled{bound: stmt}
	w, err := s.newWrite(&bound, snapshot)
	if err != nil {
		return nil, err
	}
	o.Write = &plan.Write{Relation: w.table.Schema + "." + w.table.Name, Server: w.server.Name + " (" + string(w.server.Backend.Kind()) + ")"}
	input := translate.Rel(nil)
	switch b := stmt.(type) {
	case *translate.Insert:
		o.Write.Operation, input = "Insert", b.Source
	case *translate.Update:
		o.Write.Operation, input = "Update", b.Input
	case *translate.Delete:
		o.Write.Operation, input = "Delete", b.Input
	}
	whole, err := w.whole(ctx)
	if err != nil {
		return nil, err
	}
	if whole != nil {
		o.Write.SQL = whole.SQL
		return &plan.Plan{}, nil
	}
	o.Write.Local = "server " + w.server.Name + " can not carry the statement out alone, exactly as Postgres would"
	output := make([]translate.OutputColumn, 0, len(input.Columns()))
	for _, c := range input.Columns() {
		output = append(output, translate.OutputColumn{Name: c.Name, ID: c.ID, Type: c.Type, Coll: c.Coll})
	}
	return s.plan(ctx, &translate.Query{Rel: input, Output: output}, snapshot)
}
