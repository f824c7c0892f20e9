package exec

import (
	"context"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/plan"
)

// sources opens the reads of one statement: operator.Sources.
type sources struct {
	session  *Session
	snapshot *catalog.Snapshot
	// written are the servers that the transaction had written to when the statement
	// began: what it writes itself, it does not read.
	written map[*catalog.Server]bool
}

// OpenSource implements operator.Sources.
func (o *sources) OpenSource(ctx context.Context, src *plan.Source, f backends.Fragment) (array.RecordReader, error) {
	if src.Server == "" {
		return o.openVirtual(ctx, src, f)
	}
	server, err := readable(o.snapshot, src.Server)
	if err != nil {
		return nil, err
	}
	reader, err := o.open(ctx, server, f)
	if err != nil {
		return nil, server.Checked(err)
	}
	return newCountingReader(reader, server, o.session.engine.config.Observer), nil
}

func (o *sources) open(ctx context.Context, server *catalog.Server, f backends.Fragment) (array.RecordReader, error) {
	o.session.connection.Lock()
	defer o.session.connection.Unlock()
	if !o.inside(server) {
		return server.Backend.Read(ctx, f)
	}
	return o.readInside(ctx, server, f)
}

// inside says whether a read belongs inside the transaction.
func (o *sources) inside(server *catalog.Server) bool {
	tx := &o.session.tx
	return tx.state != noTransaction && (o.written[server] || tx.isolated(server))
}

// readInside reads within the session's transaction. Its one connection can serve
// one reader at a time, so the rows are taken in whole: a transaction's own writes
// are rarely read in bulk.
func (o *sources) readInside(ctx context.Context, server *catalog.Server, f backends.Fragment) (array.RecordReader, error) {
	p, err := o.session.tx.transactionOn(ctx, server)
	if err != nil {
		return nil, err
	}
	reader, err := p.tx.Read(ctx, f)
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	var batches []arrow.RecordBatch
	defer func() {
		for _, b := range batches {
			b.Release()
		}
	}()
	for reader.Next() {
		batch := reader.RecordBatch()
		batch.Retain()
		batches = append(batches, batch)
	}
	if err := reader.Err(); err != nil {
		return nil, err
	}
	return array.NewRecordReader(reader.Schema(), batches)
}

// Partitions implements operator.Sources.
func (o *sources) Partitions(ctx context.Context, src *plan.Source, f backends.Fragment, want int) ([]backends.Partition, error) {
	if src.Server == "" || want < 2 {
		return nil, nil
	}
	server, err := readable(o.snapshot, src.Server)
	if err != nil {
		return nil, err
	}
	partitioner, ok := server.Backend.(backends.Partitioner)
	if !ok || o.inside(server) {
		return nil, nil
	}
	cut, err := partitioner.Partitions(ctx, f, want)
	if err != nil {
		return nil, server.Checked(err)
	}
	return cut.Parts, nil
}

// countingReader tells the metrics what a read moved, and puts a broken source's
// name into its error.
type countingReader struct {
	array.RecordReader
	server   *catalog.Server
	observer Observer
	rows     int64
	refs     atomic.Int64
}

func newCountingReader(r array.RecordReader, server *catalog.Server, observer Observer) *countingReader {
	c := &countingReader{RecordReader: r, server: server, observer: observer}
	c.refs.Store(1)
	return c
}

// Next implements array.RecordReader.
func (c *countingReader) Next() bool {
	if !c.RecordReader.Next() {
		return false
	}
	c.rows += c.RecordBatch().NumRows()
	return true
}

// Err implements array.RecordReader.
func (c *countingReader) Err() error {
	if err := c.RecordReader.Err(); err != nil {
		return c.server.Checked(err)
	}
	return nil
}

// Retain implements array.RecordReader.
func (c *countingReader) Retain() { c.refs.Add(1) }

// Release implements array.RecordReader.
func (c *countingReader) Release() {
	if c.refs.Add(-1) > 0 {
		return
	}
	c.observer.SourceRead(c.server.Name, c.rows, c.Metrics().Bytes)
	c.RecordReader.Release()
}

// Metrics implements backends.Metered.
func (c *countingReader) Metrics() backends.ReadMetrics {
	if metered, ok := c.RecordReader.(backends.Metered); ok {
		m := metered.Metrics()
		if m.Rows == 0 {
			m.Rows = c.rows
		}
		return m
	}
	return backends.ReadMetrics{Rows: c.rows}
}
