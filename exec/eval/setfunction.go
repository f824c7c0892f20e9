package eval

import "github.com/sqlgateway/gateway/exec/vector"

// SetRows are the rows that a set-returning function gives for one call.
type SetRows interface {
	// Next appends up to limit rows to dst, one vector for each column of the result,
	// and says how many; 0 is the end.
	Next(dst []*vector.Vector, limit int) (int, error)
}
