package operator

import (
	"context"
	"sync"

	"github.com/sqlgateway/gateway/exec/vector"
)

// gather makes one stream of several. With free cores it pulls them side by side
// and passes copies through a bounded queue, otherwise one after the other.
func (sc *scope) gather(streams []stream) stream {
	if len(streams) == 1 {
		return streams[0]
	}
	return &gatherStream{sc: sc, streams: streams}
}

type gatherStream struct {
	sc      *scope
	streams []stream
	started bool
	extra   int
	at      int // sequential

	cancel context.CancelFunc
	queue  chan *vector.Batch
	free   chan *vector.Batch // copies that the consumer is done with
	last   *vector.Batch
	wg     sync.WaitGroup
	err    error
}

func (g *gatherStream) next(ctx context.Context) (*vector.Batch, error) {
	if !g.started {
		g.start(ctx)
	}
	if g.extra == 0 {
		return g.sequential(ctx)
	}
	if g.last != nil {
		select {
		case g.free <- g.last:
		default:
		}
		g.last = nil
	}
	select {
	case b, ok := <-g.queue:
		if !ok {
			return nil, g.err
		}
		g.last = b
		return shallow(b), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// shallow lets the consumer change the batch while the original goes back.
func shallow(b *vector.Batch) *vector.Batch {
	return &vector.Batch{Rows: b.Rows, Sel: b.Sel, Cols: append([]*vector.Vector(nil), b.Cols...)}
}

func (g *gatherStream) sequential(ctx context.Context) (*vector.Batch, error) {
	for g.at < len(g.streams) {
		b, err := g.streams[g.at].next(ctx)
		if b != nil || err != nil {
			return b, err
		}
		g.streams[g.at].close()
		g.at++
	}
	return nil, nil
}

// start takes cores and sets the workers going. One producer beside the consumer
// already needs a core of its own, so a single free one gives two producers'
// worth of streams to one worker.
func (g *gatherStream) start(ctx context.Context) {
	g.started = true
	env := g.sc.query.env
	g.extra = env.Cores.take(min(len(g.streams), env.Workers) - 1)
	if g.extra == 0 {
		return
	}
	ctx, g.cancel = context.WithCancel(ctx)
	n := min(len(g.streams), g.extra+1)
	g.queue = make(chan *vector.Batch, 2*n)
	g.free = make(chan *vector.Batch, 3*n)
	g.wg.Go(func() {
		defer close(g.queue)
		g.err = runWorkers(ctx, len(g.streams), n-1, g.pump)
	})
}

// pump copies one stream into the queue.
func (g *gatherStream) pump(ctx context.Context, i int) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := g.streams[i].next(ctx)
		if err != nil || b == nil {
			return err
		}
		select {
		case g.queue <- g.copy(b):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (g *gatherStream) copy(b *vector.Batch) *vector.Batch {
	var out *vector.Batch
	select {
	case out = <-g.free:
	default:
		out = &vector.Batch{Cols: make([]*vector.Vector, len(b.Cols))}
		for i := range out.Cols {
			out.Cols[i] = &vector.Vector{}
		}
	}
	out.Rows = b.Count()
	for i, c := range b.Cols {
		vector.Copy(out.Cols[i], c, b.Sel, b.Rows)
	}
	return out
}

func (g *gatherStream) close() {
	if g.cancel != nil {
		g.cancel()
		for range g.queue {
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
