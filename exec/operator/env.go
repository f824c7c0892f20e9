package operator

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Sources opens what a plan reads. The engine implements it over backends, inside
// the session's transaction if there is one. It is safe for concurrent use.
type Sources interface {
	// OpenSource starts a read of f, which is src's fragment with its run-time values
	// filled in, and possibly restricted by dynamic filters and to one partition. The
	// caller releases the reader.
	OpenSource(ctx context.Context, src *plan.Source, f backends.Fragment) (array.RecordReader, error)
	// Partitions cuts f into about want parts that may be read at the same time; one
	// part or none means that it is read whole.
	Partitions(ctx context.Context, src *plan.Source, f backends.Fragment, want int) ([]backends.Partition, error)
}

// Env is what a query runs in.
type Env struct {
	Sources Sources
	// Eval is what expressions see of the session; its ExecParam is filled in by Run.
	Eval eval.Context
	// Params are the statement's parameters; $1 is Params[0].
	Params []pgtypes.Datum
	// Budget is the query's; nil counts nothing.
	Budget *Budget
	// TempDir is where spilled files go, in a folder of the query's own that is made
	// at the first spill and removed at the end; "" is the system's.
	TempDir string
	// Workers is the most goroutines of one pipeline, at least 1. Cores, shared by all
	// queries, says how many of them may really run; nil is no limit.
	Workers int
	Cores   *Cores
	// Metrics, if not nil, is filled for EXPLAIN ANALYZE.
	Metrics *Metrics
}
