package backends

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// WriteAlone is Writer.Write for a source with transactions: rows go into one of
// their own, so all or none are there afterwards.
func WriteAlone(ctx context.Context, source Transactor, target WriteTarget, rows array.RecordReader, mode WriteMode) (WriteResult, error) {
	tx, err := source.Begin(ctx, TxOptions{})
	if err != nil {
		return WriteResult{}, err
	}
	result, err := tx.Write(ctx, target, rows, mode)
	if err == nil {
		err = tx.Commit(ctx)
	}
	if err != nil {
		_ = tx.Rollback(ctx) // the first error is the one to tell
		return WriteResult{}, err
	}
	return result, nil
}
