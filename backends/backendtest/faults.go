package backendtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// testFaults puts a failing network between the backend and its server.
func (h Harness) testFaults(t *testing.T) {
	if h.Through == nil {
		return
	}
	proxy := NewProxy(t, h.Address)
	b := h.open(t, h.Through(t, proxy.Address()))
	if err := b.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := h.Numbers(t, b, cutRows)
	for _, bytes := range []int64{0, 1, 1000, 1_000_000} {
		proxy.CutAfter(bytes)
		h.wantLost(t, b, f)
		proxy.CutAfter(-1)
		// Whatever was pooled is dead as well; one failure may show, not more.
		if b.Ping(t.Context()) != nil {
			if err := b.Ping(t.Context()); err != nil {
				t.Errorf("after a cut at %d bytes: %v", bytes, err)
			}
		}
	}
	h.stalled(t, b, proxy, f)
	h.unreachable(t, proxy)
}

// cutRows is enough that every cut is amid them.
const cutRows = 300_000

// wantLost reads into a cut: an error, and never a shorter answer.
func (h Harness) wantLost(t *testing.T, b backends.Backend, f backends.Fragment) {
	t.Helper()
	rows, err := read(t, b, f)
	if h.Resumes && err == nil && len(rows) == cutRows {
		return
	}
	if code := pgerr.Code(err); !strings.HasPrefix(code, "08") && !strings.HasPrefix(code, "HV") && !strings.HasPrefix(code, "57P") {
		t.Errorf("a connection that is cut: %v", err)
	}
}

func (h Harness) stalled(t *testing.T, b backends.Backend, proxy *Proxy, f backends.Fragment) {
	h.givenUp(t, b, proxy, f, false)
	h.givenUp(t, b, proxy, f, true)
	proxy.Slow(2 * time.Millisecond)
	if rows, err := read(t, b, h.Numbers(t, b, 2000)); err != nil || len(rows) != 2000 {
		t.Errorf("over a slow network: %d rows, %v", len(rows), err)
	}
	proxy.Slow(0)
}

// givenUp reads from a server that stops answering, until the context ends: while the
// reader waits for rows, or between two batches.
func (h Harness) givenUp(t *testing.T, b backends.Backend, proxy *Proxy, f backends.Fragment, between bool) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	r, err := b.Read(ctx, f)
	if err != nil {
		t.Fatal(err)
	}
	proxy.Stall(true)
	start := time.Now()
	if between {
		<-ctx.Done()
	}
	for r.Next() {
	}
	if code := pgerr.Code(r.Err()); code != pgerr.QueryCanceled {
		t.Errorf("a stalled server: %v", r.Err())
	}
	r.Release()
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("giving up a stalled server took %s", took)
	}
	proxy.Stall(false)
}

// unreachable opens a backend whose server is not there: Ping says so, without the
// secret.
func (h Harness) unreachable(t *testing.T, proxy *Proxy) {
	address := proxy.Address()
	_ = proxy.listener.Close()
	b := h.open(t, h.Through(t, address))
	err := b.Ping(t.Context())
	if code := pgerr.Code(err); !strings.HasPrefix(code, "08") && !strings.HasPrefix(code, "HV") {
		t.Errorf("a server that is not there: %v", err)
	}
	if err != nil && h.Secret != "" && strings.Contains(err.Error(), h.Secret) {
		t.Errorf("the secret shows: %v", err)
	}
}
