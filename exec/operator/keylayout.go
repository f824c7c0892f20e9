package operator

import (
	"github.com/sqlgateway/gateway/exec/vector"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// keyClass is how values of a key column are made comparable as bits.
type keyClass uint8

const (
	keyBool     keyClass = iota
	keyInt32             // int2, int4, date
	keyInt64             // every 64-bit integer, and both sides of int4 = int8
	keyFloat             // -0 is 0, all NaNs are one
	keyText              // bytes
	keyBpchar            // bytes without trailing blanks
	keyNumeric           // canonical digits, so that 1.0 is 1.00
	keyInterval          // total microseconds, as interval_cmp
	keyTimeTZ
)

// shortText is the longest text that is packed into a word.
const shortText = 7

func keyClassOf(oid uint32) keyClass {
	switch vector.FormOf(oid) {
	case vector.FormBool:
		return keyBool
	case vector.FormInt32:
		return keyInt32
	case vector.FormInt64:
		return keyInt64
	case vector.FormFloat64:
		return keyFloat
	case vector.FormDecimal:
		return keyNumeric
	case vector.FormInterval:
		return keyInterval
	case vector.FormTimeTZ:
		return keyTimeTZ
	}
	if oid == pgtypes.OIDBpchar {
		return keyBpchar
	}
	return keyText
}

// commonClass is the class in which two types meet in an equality.
func commonClass(left, right uint32) keyClass {
	a, b := keyClassOf(left), keyClassOf(right)
	switch {
	case a == b:
		return a
	case a == keyInt32 && b == keyInt64, a == keyInt64 && b == keyInt32:
		return keyInt64
	default:
		return keyText
	}
}

// bits is a class's width in a packed word, 0 if it can not be packed.
func (c keyClass) bits() uint {
	switch c {
	case keyBool:
		return 1
	case keyInt32:
		return 32
	case keyInt64, keyFloat, keyText, keyBpchar:
		return 64
	}
	return 0
}

// keyLayout says how keys of several columns lie in one or two words, or that
// they are byte strings (words 0).
//
// It starts optimistic, without bits for NULL and with texts of at most
// shortText bytes, and a table that meets anything else changes over to the next
// layout (see keyTable.relayout).
type keyLayout struct {
	classes []keyClass
	words   int
	nulls   bool   // each column has a NULL bit
	single  bool   // one column: NULL is out of band
	word    []int  // of each column
	shift   []uint // of each column
}

// layoutKeys packs the columns as narrowly as it can.
func layoutKeys(classes []keyClass, nulls bool) keyLayout {
	l := keyLayout{classes: classes, nulls: nulls, single: len(classes) == 1}
	l.word = make([]int, len(classes))
	l.shift = make([]uint, len(classes))
	used := [2]uint{}
	for i, c := range classes {
		width := c.bits()
		if width == 0 {
			return l.bytes()
		}
		if nulls && !l.single {
			width++
		}
		switch {
		case used[0]+width <= 64:
			l.shift[i] = used[0]
			used[0] += width
		case used[1]+width <= 64:
			l.word[i], l.shift[i] = 1, used[1]
			used[1] += width
		default:
			return l.bytes()
		}
	}
	l.words = 1
	if used[1] > 0 {
		l.words = 2
	}
	return l
}

func (l keyLayout) bytes() keyLayout {
	return keyLayout{classes: l.classes, nulls: true, single: len(l.classes) == 1}
}
