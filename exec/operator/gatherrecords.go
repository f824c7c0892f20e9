package operator

import (
	"context"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/exec/vector"
)

// recordGather makes the result's records of a plan's last streams. With free cores
// workers pull the streams side by side and turn what they get into records, which own
// or share their memory, so that nothing is copied on the way to the consumer.
type recordGather struct {
	sc      *scope
	streams []stream
	record  func(*vector.Batch) (arrow.RecordBatch, error)
	started bool
	extra   int
	at      int // sequential

	cancel context.CancelFunc
	queue  chan arrow.RecordBatch
	wg     sync.WaitGroup
	err    error
}

// next gives a record that the caller releases; nil is the end.
func (g *recordGather) next(ctx context.Context) (arrow.RecordBatch, error) {
	if !g.started {
		g.start(ctx)
	}
	if g.extra == 0 {
		return g.sequential(ctx)
	}
	select {
	case record, ok := <-g.queue:
		if !ok {
			return nil, g.err
		}
		return record, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (g *recordGather) sequential(ctx context.Context) (arrow.RecordBatch, error) {
	for g.at < len(g.streams) {
		b, err := g.streams[g.at].next(ctx)
		if err != nil {
			return nil, err
		}
		if b != nil {
			return g.record(b)
		}
		g.streams[g.at].close()
		g.at++
	}
	return nil, nil
}

// start takes cores as gatherStream does.
func (g *recordGather) start(ctx context.Context) {
	g.started = true
	if len(g.streams) == 1 {
		return
	}
	env := g.sc.query.env
	g.extra = env.Cores.take(min(len(g.streams), env.Workers) - 1)
	if g.extra == 0 {
		return
	}
	ctx, g.cancel = context.WithCancel(ctx)
	n := min(len(g.streams), g.extra+1)
	g.queue = make(chan arrow.RecordBatch, 2*n)
	g.wg.Go(func() {
		defer close(g.queue)
		g.err = runWorkers(ctx, len(g.streams), n-1, g.pump)
	})
}

// pump turns one stream into records.
func (g *recordGather) pump(ctx context.Context, i int) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := g.streams[i].next(ctx)
		if err != nil || b == nil {
			return err
		}
		record, err := g.record(b)
		if err != nil {
			return err
		}
		select {
		case g.queue <- record:
		case <-ctx.Done():
			record.Release()
			return ctx.Err()
		}
	}
}

func (g *recordGather) close() {
	if g.cancel != nil {
		g.cancel()
		for record := range g.queue {
			record.Release()
		}
		g.wg.Wait()
		g.cancel = nil
	}
	if g.extra > 0 {
		g.sc.query.env.Cores.give(g.extra)
		g.extra = 0
		g.at = len(g.streams)
	}
	closeAll(g.streams)
}
