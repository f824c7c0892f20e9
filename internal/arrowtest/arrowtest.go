// Package arrowtest checks, in tests, that Arrow memory is released and that
// batches are what their schema says. It is for tests only.
package arrowtest

import (
	"fmt"
	"testing"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Allocator is a checked allocator that fails the test when it ends with memory
// still in use.
func Allocator(t testing.TB) *memory.CheckedAllocator {
	t.Helper()
	a := memory.NewCheckedAllocator(memory.NewGoAllocator())
	t.Cleanup(func() { a.AssertSize(t, 0) })
	return a
}

// CheckBatch says what is wrong with a batch: columns that do not match the schema
// in type or length, offsets that do not rise, texts that are not UTF-8, NULLs
// miscounted. nil when all is well.
func CheckBatch(schema *arrow.Schema, batch arrow.RecordBatch) error {
	if int(batch.NumCols()) != schema.NumFields() {
		return fmt.Errorf("%d columns, the schema has %d", batch.NumCols(), schema.NumFields())
	}
	for i, column := range batch.Columns() {
		field := schema.Field(i)
		if err := checkColumn(field, column, int(batch.NumRows())); err != nil {
			return fmt.Errorf("column %s: %w", field.Name, err)
		}
	}
	return nil
}

func checkColumn(field arrow.Field, column arrow.Array, rows int) error {
	if !typeMatches(field.Type, column.DataType()) {
		return fmt.Errorf("is %s, the schema says %s", column.DataType(), field.Type)
	}
	if column.Len() != rows {
		return fmt.Errorf("has %d rows of %d", column.Len(), rows)
	}
	nulls := 0
	for i := range rows {
		if column.IsNull(i) {
			nulls++
		}
	}
	if nulls != column.NullN() {
		return fmt.Errorf("has %d NULLs and says %d", nulls, column.NullN())
	}
	switch c := column.(type) {
	case *array.String:
		return checkStrings(c)
	case *array.Binary:
		return checkOffsets(c.ValueOffsets())
	case *array.Dictionary:
		return checkDictionary(c)
	}
	return nil
}

// typeMatches allows a dictionary of the field's type in the field's place.
func typeMatches(field, column arrow.DataType) bool {
	if d, ok := column.(*arrow.DictionaryType); ok && field.ID() != arrow.DICTIONARY {
		column = d.ValueType
	}
	return arrow.TypeEqual(field, column)
}

func checkStrings(c *array.String) error {
	offsets := make([]int32, 0, c.Len()+1)
	for i := range c.Len() {
		offsets = append(offsets, int32(c.ValueOffset(i)))
		if c.IsValid(i) && !utf8.ValidString(c.Value(i)) {
			return fmt.Errorf("row %d is not UTF-8", i)
		}
	}
	return checkOffsets(offsets)
}

func checkOffsets(offsets []int32) error {
	for i := 1; i < len(offsets); i++ {
		if offsets[i] < offsets[i-1] {
			return fmt.Errorf("the offset of row %d falls", i)
		}
	}
	return nil
}

func checkDictionary(c *array.Dictionary) error {
	for i := range c.Len() {
		if c.IsValid(i) && c.GetValueIndex(i) >= c.Dictionary().Len() {
			return fmt.Errorf("the code of row %d is beyond its dictionary", i)
		}
	}
	return nil
}
