package kafka

import (
	"context"
	"encoding/json"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/batch"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// reader is a batch.Reader that tells what it read.
type reader struct {
	*batch.Reader
	rows *rows
}

var _ backends.Metered = (*reader)(nil)

// Metrics implements backends.Metered. Files are partitions.
func (r *reader) Metrics() backends.ReadMetrics {
	m := r.rows.metrics
	m.Undecoded = r.rows.undecoded()
	return m
}

// Read implements backends.Backend.
func (b *Backend) Read(ctx context.Context, f backends.Fragment) (array.RecordReader, error) {
	if f.Scan == nil {
		return nil, pgerr.Internal("Kafka was sent a query")
	}
	p, err := b.planOf(ctx, &f)
	if err != nil {
		return nil, err
	}
	source, err := b.open(ctx, &f, p)
	if err != nil {
		return nil, err
	}
	return &reader{batch.NewReader(ctx, f.Schema(), b.env.Allocator, f.BatchRows, source), source}, nil
}

// planOf is the plan of a part, or a new one.
func (b *Backend) planOf(ctx context.Context, f *backends.Fragment) (*plan, error) {
	if f.Partition == nil {
		return b.takePlan(ctx, b.table(f.Scan.Table), f.Scan)
	}
	p := &plan{}
	if err := json.Unmarshal([]byte(f.Partition.Token), p); err != nil {
		return nil, pgerr.Internal("a part of a Kafka topic is not readable: %v", err)
	}
	return p, nil
}
