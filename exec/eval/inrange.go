package eval

import (
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Moves says whether Move serves RANGE frames over keys of a type: the types whose
// offset is an interval or a numeric. The others' offsets are plain numbers.
func Moves(oid uint32) bool {
	switch oid {
	case pgtypes.OIDDate, pgtypes.OIDTime, pgtypes.OIDTimestamp, pgtypes.OIDTimestamptz, pgtypes.OIDInterval, pgtypes.OIDNumeric:
		return true
	}
	return false
}

// Move is the edge of a RANGE frame: a key plus an offset, or minus it. The edge of a
// date is a timestamp.
func Move(oid uint32, key, offset pgtypes.Datum, back bool, ctx *Context) (pgtypes.Datum, error) {
	switch offset := offset.(type) {
	case numeric:
		if back {
			return key.(numeric).Sub(offset)
		}
		return key.(numeric).Add(offset)
	case interval:
		if back {
			var err error
			if offset, err = intervalNegate(offset); err != nil {
				return nil, err
			}
		}
		switch oid {
		case pgtypes.OIDInterval:
			return intervalAdd(key.(interval), offset)
		case pgtypes.OIDTime:
			return key.(int64) + offset.Micros, nil // beyond a day it does not wrap
		}
		return movedBy(oid, key, offset, ctx)
	}
	return key, nil
}

// CompareMoved compares a key with an edge that Move gave.
func CompareMoved(oid uint32, key, edge pgtypes.Datum) int {
	if day, ok := key.(int32); ok && oid == pgtypes.OIDDate {
		start, err := dateToTimestamp(day)
		if err != nil { // a date that no timestamp reaches lies behind them all
			return 1
		}
		return pgtypes.Compare(pgtypes.OIDTimestamp, start, edge)
	}
	return pgtypes.Compare(oid, key, edge)
}
