package operator

import (
	"context"
	"time"

	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/translate"
)

// operator is a plan node made ready to run. It keeps no state of a run, so that
// Apply and recursion may open it many times.
type operator interface {
	// columns are those that its batches hold, in order: the node's columns that
	// someone above reads.
	columns() []translate.Column
	// open starts it with at most want streams. The caller closes every stream. On an
	// error nothing is left open.
	open(ctx context.Context, sc *scope, want int) ([]stream, error)
}

// stream is a part of an operator's rows, pulled by one goroutine at a time.
type stream interface {
	// next gives a batch with at least one row, valid until the next call, or nil at
	// the end. The caller may change the batch's Sel and Cols, not the vectors.
	next(ctx context.Context) (*vector.Batch, error)
	// close frees what the stream holds. It may be called before the end and twice.
	close()
}

func closeAll(streams []stream) {
	for _, s := range streams {
		s.close()
	}
}

// wrapEach makes a stream over each of streams; it closes all if one fails.
func wrapEach(streams []stream, wrap func(stream) (stream, error)) ([]stream, error) {
	for i, s := range streams {
		w, err := wrap(s)
		if err != nil {
			closeAll(streams)
			return nil, err
		}
		streams[i] = w
	}
	return streams, nil
}

// metered counts what passes through an operator.
type metered struct {
	operator
	stats *Stats
}

func (m *metered) open(ctx context.Context, sc *scope, want int) ([]stream, error) {
	start := time.Now()
	streams, err := m.operator.open(ctx, sc, want)
	m.stats.Nanos.Add(int64(time.Since(start)))
	m.stats.Loops.Add(1)
	raise(&m.stats.Workers, int64(len(streams)))
	for i, s := range streams {
		streams[i] = &meteredStream{s, m.stats}
	}
	return streams, err
}

type meteredStream struct {
	stream
	stats *Stats
}

func (m *meteredStream) next(ctx context.Context) (*vector.Batch, error) {
	start := time.Now()
	b, err := m.stream.next(ctx)
	m.stats.Nanos.Add(int64(time.Since(start)))
	if b != nil {
		m.stats.Batches.Add(1)
		m.stats.Rows.Add(int64(b.Count()))
	}
	return b, err
}

// emptyStream has no rows.
type emptyStream struct{}

func (emptyStream) next(context.Context) (*vector.Batch, error) { return nil, nil }
func (emptyStream) close()                                      {}
