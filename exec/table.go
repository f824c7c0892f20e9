package exec

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
)

// sendTable sends a small result that the gateway makes itself.
func (s *Session) sendTable(fields []session.Field, table [][]pgtypes.Datum, out session.Out) error {
	batch, err := tableBatch(fields, table)
	if err != nil {
		return err
	}
	defer batch.Release()
	return out.Batch(fields, batch, s.values.Style())
}

func tableBatch(fields []session.Field, table [][]pgtypes.Datum) (arrow.RecordBatch, error) {
	list := make([]arrow.Field, len(fields))
	for i, f := range fields {
		list[i] = pgtypes.ArrowField(f.Name, f.Type)
	}
	builder := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(list, nil))
	defer builder.Release()
	for _, row := range table {
		for i, value := range row {
			if err := pgtypes.AppendToBuilder(builder.Field(i), fields[i].Type, value); err != nil {
				return nil, err
			}
		}
	}
	return builder.NewRecordBatch(), nil
}
