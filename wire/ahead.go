package wire

import (
	"runtime"
	"runtime/debug"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/wire/rowenc"
)

const (
	// aheadRows is the least rows of a batch that is worth a goroutine.
	aheadRows = 512
	// aheadAfter is how many such batches a result gives before the next ones are encoded
	// ahead: what is short is over by then.
	aheadAfter = 2
	// aheadBytes ends the encoding ahead of a batch of large values; the rest is encoded
	// when its turn comes. It bounds what a connection holds, by GOMAXPROCS times as much.
	aheadBytes = 1 << 20
)

// ahead is the batches of a result that other goroutines encode while the connection's
// own gets the next ones and writes. Their order is kept: the oldest is written first,
// by the connection's goroutine, which alone touches this.
type ahead struct {
	large   int // batches of aheadRows or more so far
	pending []*aheadBatch
	free    []*aheadBatch
}

// aheadBatch is one batch on its way. Between start and done only its goroutine uses it.
type aheadBatch struct {
	encoder *rowenc.Encoder
	batch   arrow.RecordBatch
	out     []byte
	err     error
	done    chan struct{}
}

// goesAhead says whether the next batch is worth encoding elsewhere. Names of the
// catalog are looked up by the session, which is one goroutine's.
func (o *portalOutput) goesAhead(batch arrow.RecordBatch) bool {
	if batch.NumRows() < aheadRows || o.style.Names != nil || runtime.GOMAXPROCS(0) < 2 {
		return false
	}
	o.ahead.large++
	return o.ahead.large > aheadAfter
}

// sendAhead sets the encoding of a batch going, and writes the oldest one if as many
// are on their way as there are processors.
func (o *portalOutput) sendAhead(fields []session.Field, batch arrow.RecordBatch) error {
	if len(o.ahead.pending) >= runtime.GOMAXPROCS(0) {
		if err := o.writeOldest(); err != nil {
			return err
		}
	}
	var b *aheadBatch
	if n := len(o.ahead.free); n > 0 {
		b, o.ahead.free = o.ahead.free[n-1], o.ahead.free[:n-1]
	} else {
		b = &aheadBatch{encoder: rowenc.New(fields, o.style)}
	}
	b.batch, b.err, b.done = batch, nil, make(chan struct{})
	batch.Retain()
	o.ahead.pending = append(o.ahead.pending, b)
	go b.encode()
	return nil
}

func (b *aheadBatch) encode() {
	defer close(b.done)
	defer func() {
		if p := recover(); p != nil {
			b.err = pgerr.Internal("panic while encoding rows: %v", p).WithDetail("%s", debug.Stack())
		}
	}()
	if b.err = b.encoder.Bind(b.batch); b.err == nil {
		b.out, b.err = b.encoder.Append(b.out[:0], aheadBytes)
	}
}

// writeOldest waits for the oldest batch and writes its rows, also those before an error.
func (o *portalOutput) writeOldest() error {
	b := o.ahead.pending[0]
	<-b.done
	err := o.Raw(b.out)
	if err == nil {
		err = b.err
	}
	if err == nil {
		err = o.encodeRest(b.encoder)
	}
	if err != nil {
		o.abandon() // nothing follows an error
		return err
	}
	o.ahead.pending = append(o.ahead.pending[:0], o.ahead.pending[1:]...)
	b.batch.Release()
	b.batch = nil
	o.ahead.free = append(o.ahead.free, b)
	return nil
}

// settle writes what is on its way. Every message that follows rows asks for it first.
func (o *portalOutput) settle() error {
	if o.ahead.large == 0 {
		return nil
	}
	if err := o.writePending(); err != nil {
		return err
	}
	o.ahead = ahead{}
	return nil
}

func (o *portalOutput) writePending() error {
	for len(o.ahead.pending) > 0 {
		if err := o.writeOldest(); err != nil {
			return err
		}
	}
	return nil
}

// finish ends a statement's output: rows before its error are still sent. Afterwards
// no goroutine of it is left, whatever happened.
func (o *portalOutput) finish(err error) error {
	defer o.abandon()
	if o.conn.lost != nil {
		return err
	}
	if e := o.settle(); err == nil || o.conn.lost != nil {
		return e
	}
	return err
}

// abandon waits for what is still on its way and drops it.
func (o *portalOutput) abandon() {
	for _, b := range o.ahead.pending {
		<-b.done
		b.batch.Release()
	}
	o.ahead = ahead{}
}
