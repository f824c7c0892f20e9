package kafka

import (
	"context"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/payload"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// origin is where a column's values come from.
type origin uint8

const (
	fromValue origin = iota
	fromKey
	thePartition
	theOffset
	theTime
	theKey
	theHeaders
)

// column is a column of a table with its origin.
type column struct {
	translate.TableColumn
	origin origin
}

// The names of the hidden columns.
const (
	partitionName = "_partition"
	offsetName    = "_offset"
	timeName      = "_event_ts"
	keyName       = "_key"
	headersName   = "_headers"
)

// describe gives the columns: those of the key, of the payload, and the hidden ones.
func (t *topic) describe(ctx context.Context) ([]column, error) {
	var columns []column
	if t.key != nil {
		fields, err := t.key.Fields(ctx)
		if err != nil {
			return nil, err
		}
		columns = t.add(columns, fields, fromKey)
	}
	fields, err := t.value.Fields(ctx)
	if err != nil {
		return nil, err
	}
	columns = t.add(columns, fields, fromValue)
	keyType := pgtypes.OIDText
	if t.options.KeyFormat == "bytes" || t.options.KeyFormat == payload.Avro {
		keyType = pgtypes.OIDBytea
	}
	for _, h := range []struct {
		name   string
		oid    uint32
		origin origin
		native string
	}{
		{partitionName, pgtypes.OIDInt4, thePartition, "partition"},
		{offsetName, pgtypes.OIDInt8, theOffset, "offset"},
		{timeName, pgtypes.OIDTimestamptz, theTime, "timestamp"},
		{keyName, keyType, theKey, "key"},
		{headersName, pgtypes.OIDJSONB, theHeaders, "headers"},
	} {
		c := tableColumn(h.name, pgtypes.Of(h.oid), h.native)
		c.Hidden, c.NotNull = true, h.origin == thePartition || h.origin == theOffset || h.origin == theHeaders
		columns = append(columns, column{c, h.origin})
	}
	t.mu.Lock()
	t.columns = columns
	t.mu.Unlock()
	return columns, nil
}

func (t *topic) add(columns []column, fields []payload.Field, from origin) []column {
	for _, f := range fields {
		c := tableColumn(f.Name, f.Type, f.Native)
		// A tombstone has no payload, and a message may have no key.
		c.Hidden, c.NotNull = f.Hidden, f.NotNull && from == fromValue && t.options.Tombstones == "skip"
		columns = append(columns, column{c, from})
	}
	return columns
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
func (t *topic) described(ctx context.Context) ([]column, error) {
	t.mu.Lock()
	columns := t.columns
	t.mu.Unlock()
	if columns != nil {
		return columns, nil
	}
	return t.describe(ctx)
}

// Describe implements backends.Backend.
func (b *Backend) Describe(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	t := b.table(name)
	now, err := b.look(ctx, t.topic)
	if err != nil {
		return nil, err
	}
	columns, err := t.describe(ctx)
	if err != nil {
		return nil, err
	}
	d := &backends.Table{Name: name, Kind: translate.OrdinaryTable, Rows: -1, Bytes: -1}
	for _, c := range columns {
		d.Columns = append(d.Columns, c.TableColumn)
	}
	low, high, err := now.ends(ctx)
	if err != nil {
		return nil, err
	}
	d.Rows = 0
	for p := range low {
		d.Rows += float64(max(high[p]-low[p], 0))
	}
	return d, nil
}

// Statistics implements backends.Statistician: the messages between the ends of the
// partitions, an upper bound where topics are compacted or written in transactions.
func (b *Backend) Statistics(ctx context.Context, name backends.TableName) (*backends.Table, error) {
	return b.Describe(ctx, name)
}
