package backendtest

import (
	"context"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

func (h Harness) testEmpty(t *testing.T) {
	b := h.fresh(t)
	if rows := mustRead(t, b, h.Numbers(t, b, 0)); len(rows) != 0 {
		t.Errorf("%d rows of none", len(rows))
	}
}

// bigRows is enough that a result gathered whole would show in the heap.
const bigRows = 1_000_000

// testBig reads a long result and watches the memory.
func (h Harness) testBig(t *testing.T) {
	b := h.fresh(t)
	f := h.Numbers(t, b, bigRows)
	before := heap()
	r, err := b.Read(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	next, peak := int64(1), uint64(0)
	for batches := 0; r.Next(); batches++ {
		numbers := r.RecordBatch().Column(0).(*array.Int64)
		for i := range numbers.Len() {
			if numbers.Value(i) != next {
				t.Fatalf("row %d is %d", next, numbers.Value(i))
			}
			next++
		}
		if batches%32 == 0 {
			peak = max(peak, heap())
		}
	}
	if r.Err() != nil || next != bigRows+1 {
		t.Fatalf("%d rows, %v", next-1, r.Err())
	}
	if grown := int64(peak) - int64(before); grown > 48<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// testEarlyRelease gives readers up at every stage; the backend goes on working.
func (h Harness) testEarlyRelease(t *testing.T) {
	b := h.fresh(t)
	f := h.Numbers(t, b, 100_000)
	for _, batches := range []int{0, 1, 3} {
		r, err := b.Read(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		for range batches {
			if !r.Next() {
				t.Fatal(r.Err())
			}
		}
		r.Release()
	}
	if err := b.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// testRetained keeps a batch while the reader goes on: its memory must stay.
func (h Harness) testRetained(t *testing.T) {
	b := h.fresh(t)
	r, err := b.Read(t.Context(), h.Numbers(t, b, 50_000))
	if err != nil {
		t.Fatal(err)
	}
	var kept []arrow.RecordBatch
	for r.Next() {
		record := r.RecordBatch()
		record.Retain()
		kept = append(kept, record)
	}
	r.Release()
	next := 1
	for _, record := range kept {
		numbers := record.Column(0).(*array.Int64)
		for i := range numbers.Len() {
			if got := record.Column(1).ValueStr(i); numbers.Value(i) != int64(next) || got != "row "+strconv.Itoa(next) {
				t.Fatalf("row %d is %d, %q", next, numbers.Value(i), got)
			}
			next++
		}
		record.Release()
	}
}

// testCancel ends contexts before, during and amid reads.
func (h Harness) testCancel(t *testing.T) {
	b := h.fresh(t)
	f := h.Numbers(t, b, 200_000)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := b.Read(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Next() {
		t.Fatal(r.Err())
	}
	cancel()
	h.wantCanceled(t, r)
	if r, err = b.Read(ctx, f); err == nil {
		h.wantCanceled(t, r)
	} else if pgerr.Code(err) != pgerr.QueryCanceled {
		t.Errorf("a read with an ended context: %v", err)
	}
	if h.Slow != "" {
		h.cancelSlow(t, b)
	}
	if err := b.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func (h Harness) wantCanceled(t *testing.T, r array.RecordReader) {
	t.Helper()
	start := time.Now()
	for r.Next() {
	}
	if code := pgerr.Code(r.Err()); code != pgerr.QueryCanceled {
		t.Errorf("a cancelled read ends with %v", r.Err())
	}
	r.Release()
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("cancelling took %s", took)
	}
}

func (h Harness) cancelSlow(t *testing.T, b backends.Backend) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	f := backends.Fragment{Query: &backends.QueryFragment{SQL: h.Slow}, Output: []backends.Column{{Name: "n", Type: pgtypes.Of(pgtypes.OIDInt8)}}}
	r, err := b.Read(ctx, f)
	if err == nil {
		for r.Next() {
		}
		err = r.Err()
		r.Release()
	}
	if code := pgerr.Code(err); code != pgerr.QueryCanceled {
		t.Errorf("a slow query past its time: %v", err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("stopping a slow query took %s", took)
	}
}

// testPredicates checks that what a scan skips is what the predicates exclude.
func (h Harness) testPredicates(t *testing.T) {
	b := h.fresh(t)
	f := h.Numbers(t, b, 1000)
	if f.Scan == nil {
		return
	}
	for _, c := range []struct {
		op     backends.PredicateOp
		values []pgtypes.Datum
		holds  func(i int) bool
	}{
		{backends.Equal, []pgtypes.Datum{int64(7)}, func(i int) bool { return i == 7 }},
		{backends.NotEqual, []pgtypes.Datum{int64(7)}, func(i int) bool { return i != 7 }},
		{backends.Less, []pgtypes.Datum{int64(10)}, func(i int) bool { return i < 10 }},
		{backends.LessOrEqual, []pgtypes.Datum{int64(10)}, func(i int) bool { return i <= 10 }},
		{backends.Greater, []pgtypes.Datum{int64(990)}, func(i int) bool { return i > 990 }},
		{backends.GreaterOrEqual, []pgtypes.Datum{int64(990)}, func(i int) bool { return i >= 990 }},
		{backends.In, []pgtypes.Datum{int64(3), int64(500), int64(5000)}, func(i int) bool { return i == 3 || i == 500 }},
		{backends.IsNull, nil, func(int) bool { return false }},
		{backends.IsNotNull, nil, func(int) bool { return true }},
	} {
		scan := *f.Scan
		scan.Predicates = []backends.Predicate{{Column: scan.Columns[0], Op: c.op, Values: c.values}}
		filtered := f
		filtered.Scan = &scan
		got := texts(mustRead(t, b, filtered))
		for i := 1; i <= 1000; i++ {
			if c.holds(i) && !slices.Contains(got, strconv.Itoa(i)) {
				t.Errorf("predicate %d %v loses row %d", c.op, c.values, i)
				break
			}
		}
	}
}

func (h Harness) testConcurrent(t *testing.T) {
	b := h.fresh(t)
	f := h.Numbers(t, b, 5000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 3 {
				if rows, err := read(t, b, f); err != nil || len(rows) != 5000 {
					t.Errorf("%d rows, %v", len(rows), err)
				}
			}
		})
	}
	wg.Wait()
}

// testClosed reads across Close; nothing hangs.
func (h Harness) testClosed(t *testing.T) {
	b := h.fresh(t)
	f := h.Numbers(t, b, 200_000)
	r, err := b.Read(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	r.Next()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	for r.Next() {
	}
	r.Release()
	if err := b.Ping(t.Context()); err == nil {
		t.Error("a closed backend answers a ping")
	}
}
