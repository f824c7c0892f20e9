package vector

import "unsafe"

// rawBytes is the memory of a slice of plain values.
func rawBytes[T any](values []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*int(unsafe.Sizeof(zero))) //nolint:gosec // plain values
}
