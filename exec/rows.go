package exec

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
)

// source gives a running query's rows in batches, which the caller releases; nil is
// the end. Close may be called at any time.
type source interface {
	Next() (arrow.RecordBatch, error)
	Close()
}

// rows is a running query, read in portions. It outlives the statement that opened
// it, so it has a context of its own, which the statement that reads from it
// cancels.
type rows struct {
	source source
	cancel context.CancelFunc
	rest   arrow.RecordBatch // the part of the last batch that has not been sent
	done   func()            // frees what the query holds; nil for nothing
	// check, if not nil, may refuse a batch before anybody sees it.
	check func(arrow.RecordBatch) error

	// snapshot names the reg* values of the result.
	snapshot *catalog.Snapshot
}

// send sends at most limit rows (0: all) and says how many it sent, and whether the
// end was reached.
func (r *rows) send(ctx context.Context, out session.Out, fields []session.Field, style pgtypes.Style, limit int) (sent int64, end bool, err error) {
	for limit == 0 || sent < int64(limit) {
		batch, err := r.next(ctx)
		if err != nil {
			return sent, false, err
		}
		if batch == nil {
			return sent, true, nil
		}
		if limit > 0 && batch.NumRows() > int64(limit)-sent {
			batch = r.keepRest(batch, int64(limit)-sent)
		}
		err = out.Batch(fields, batch, style)
		sent += batch.NumRows()
		batch.Release()
		if err != nil {
			return sent, false, err
		}
	}
	return sent, false, nil
}

// keepRest cuts a batch after take rows and keeps what follows.
func (r *rows) keepRest(batch arrow.RecordBatch, take int64) arrow.RecordBatch {
	defer batch.Release()
	r.rest = batch.NewSlice(take, batch.NumRows())
	return batch.NewSlice(0, take)
}

// next gives a batch that the caller releases; nil is the end.
func (r *rows) next(ctx context.Context) (arrow.RecordBatch, error) {
	if r.rest != nil {
		batch := r.rest
		r.rest = nil
		return batch, nil
	}
	stop := context.AfterFunc(ctx, r.cancel)
	defer stop()
	batch, err := r.source.Next()
	if batch == nil || err != nil || r.check == nil {
		return batch, err
	}
	if err := r.check(batch); err != nil {
		batch.Release()
		return nil, err
	}
	return batch, nil
}

// close frees everything.
func (r *rows) close() {
	if r.rest != nil {
		r.rest.Release()
		r.rest = nil
	}
	if r.source != nil {
		r.cancel()
		r.source.Close()
		r.source = nil
	}
	if r.done != nil {
		r.done()
		r.done = nil
	}
}
