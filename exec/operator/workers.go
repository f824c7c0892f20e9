package operator

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/sqlgateway/gateway/exec/vector"
)

// parallel calls work(ctx, i) for each i below n, on this goroutine and on as many
// others as there are free cores. It waits for all; the first error stops the
// rest.
func (sc *scope) parallel(ctx context.Context, n int, work func(ctx context.Context, i int) error) error {
	extra := 0
	if n > 1 {
		extra = sc.query.env.Cores.take(min(n, sc.query.env.Workers) - 1)
		defer sc.query.env.Cores.give(extra)
	}
	if extra == 0 {
		for i := range n {
			if err := work(ctx, i); err != nil {
				return err
			}
		}
		return nil
	}
	return runWorkers(ctx, n, extra, work)
}

func runWorkers(ctx context.Context, n, extra int, work func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		next  atomic.Int64
		once  sync.Once
		first error
		wg    sync.WaitGroup
	)
	run := func() {
		for {
			i := int(next.Add(1)) - 1
			if i >= n || ctx.Err() != nil {
				return
			}
			if err := guard(func() error { return work(ctx, i) }); err != nil {
				once.Do(func() { first = err })
				cancel()
				return
			}
		}
	}
	for range extra {
		wg.Go(run)
	}
	run()
	wg.Wait()
	if first != nil {
		return first
	}
	if int(next.Load()) < n {
		return ctx.Err()
	}
	return nil
}

// drain pulls each stream to its end into consume and closes it. consume is called
// with the stream's index, for one stream by one goroutine at a time.
func (sc *scope) drain(ctx context.Context, streams []stream, consume func(i int, b *vector.Batch) error) error {
	defer closeAll(streams)
	return sc.parallel(ctx, len(streams), func(ctx context.Context, i int) error {
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			b, err := streams[i].next(ctx)
			if err != nil {
				return err
			}
			if b == nil {
				streams[i].close()
				return nil
			}
			if err := consume(i, b); err != nil {
				return err
			}
		}
	})
}
