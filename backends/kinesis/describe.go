package kinesis

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// origin is where a column's values come from.
type origin uint8

const (
	fromData origin = iota
	theShard
	theSequence
	theSubSequence
	theTime
	theKey
)

// column is a column of a table with its origin.
type column struct {
	translate.TableColumn
	origin origin
}

// The hidden columns. A sequence number has up to 56 digits, and is in the order of a
// shard's records as a number alone.
var hidden = []struct {
	name    string
	oid     uint32
	origin  origin
	native  string
	notNull bool
}{
	{"_shard", pgtypes.OIDText, theShard, "ShardId", true},
	{"_sequence", pgtypes.OIDNumeric, theSequence, "SequenceNumber", true},
	{"_sub_sequence", pgtypes.OIDInt8, theSubSequence, "index in an aggregated record", false},
	{"_event_ts", pgtypes.OIDTimestamptz, theTime, "ApproximateArrivalTimestamp", false},
	{keyName, pgtypes.OIDText, theKey, "PartitionKey", true},
}

const keyName = "_partition_key"

// describe gives the columns: those of the payload, and the hidden ones.
func (s *stream) describe(ctx context.Context) ([]column, error) {
	fields, err := s.codec.Fields(ctx)
	if err != nil {
		return nil, err
	}
	var columns []column
	for _, f := range fields {
		c := tableColumn(f.Name, f.Type, f.Native)
		c.Hidden, c.NotNull = f.Hidden, f.NotNull
		columns = append(columns, column{c, fromData})
	}
	for _, h := range hidden {
		c := tableColumn(h.name, pgtypes.Of(h.oid), h.native)
		c.Hidden, c.NotNull = true, h.notNull
		columns = append(columns, column{c, h.origin})
	}
	s.mu.Lock()
	s.columns = columns
	s.mu.Unlock()
	return columns, nil
}

func tableColumn(name string, typ pgtypes.Type, native string) translate.TableColumn {
	c := translate.TableColumn{Name: name, Type: typ}
	if t := pgbuiltin.TypeByOID(typ.OID); t != nil {
		c.Collation = t.Collation
	}
	c.Facts = &translate.ColumnFacts{NativeType: native, Verified: true, NullFraction: -1}
	return c
}

// described are the columns that a fragment's indexes are of: those of the last
// description.
func (s *stream) described(ctx context.Context) ([]column, error) {
	s.mu.Lock()
	columns := s.columns
	s.mu.Unlock()
	if columns != nil {
		return columns, nil
	}
	return s.describe(ctx)
}

// Describe implements backends.Backend.
func (b *Backend) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	s, err := b.table(name)
	if err != nil {
		return nil, err
	}
	client, err := b.connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &s.name}); isMissing(err) {
		return nil, errNoStream(s.name)
	} else if err != nil {
		return nil, b.errorOf(ctx, "asking for stream "+s.name, err)
	}
	columns, err := s.describe(ctx)
	if err != nil {
		return nil, err
	}
	d := &backends.Table{Name: name, Kind: translate.OrdinaryTable, Rows: -1, Bytes: -1}
	for _, c := range columns {
		d.Columns = append(d.Columns, c.TableColumn)
	}
	return d, nil
}
