package eval

import (
	"github.com/sqlgateway/gateway/exec/vector"
)

// Aggregate is the running state of one aggregate call for many groups, numbered
// from 0. It knows neither FILTER, DISTINCT nor ORDER BY: its caller passes the
// rows that count, in their order. One goroutine uses it at a time.
type Aggregate interface {
	// Resize makes the states of groups 0 to groups-1; the new ones are those of a
	// group without rows. It never shrinks.
	Resize(groups int)
	// Update folds rows into their groups: for each row that exists (those of sel, or
	// the first n), groups[row] is its group and args[k] holds argument k. The
	// vectors may be of any layout (Const, Codes, any numeric form). A nil groups
	// means that all rows belong to group 0.
	Update(groups []uint32, args []*vector.Vector, sel []int32, n int) error
	// Merge folds other's group g into group mapping[g]; other is of the same call and
	// is not used afterwards. A nil mapping is the identity. The rows of other come
	// after the rows already here.
	Merge(other Aggregate, mapping []uint32) error
	// Final sets dst to the results of groups from to from+n-1, in rows 0 to n-1. The
	// state stays: more rows may follow (running totals of a window).
	Final(dst *vector.Vector, from, n int) error
	// AppendState adds the state of a group in bytes, to be spilled.
	AppendState(dst []byte, group int) ([]byte, error)
	// MergeState folds a spilled state into a group and gives the bytes after it.
	MergeState(group int, state []byte) (rest []byte, err error)
	// Reset makes group as if it had no rows.
	Reset(group int)
	// MemorySize is the number of bytes held.
	MemorySize() int64
}
