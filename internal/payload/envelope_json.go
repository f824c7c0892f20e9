package payload

import (
	"github.com/sqlgateway/gateway/internal/jsonscan"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// jsonChange is a Debezium change event: the row before and after it.
type jsonChange struct {
	op, at, before, after []byte
	members               []jsonscan.Member
}

// read takes an event apart, with or without the schema that Kafka Connect's JSON
// converter puts around it.
func (e *jsonChange) read(message []byte) (err error) {
	if e.members, err = jsonscan.Members(e.members[:0], message); err != nil {
		return err
	}
	inner := member(e.members, "payload")
	if inner != nil && member(e.members, "op") == nil {
		if string(inner) == "null" {
			return errNoChange()
		}
		if e.members, err = jsonscan.Members(e.members[:0], inner); err != nil {
			return err
		}
	}
	e.op, e.at = member(e.members, "op"), member(e.members, "ts_ms")
	e.before, e.after = member(e.members, "before"), member(e.members, "after")
	if source := member(e.members, "source"); len(source) > 0 && source[0] == '{' {
		if e.members, err = jsonscan.Members(e.members[:0], source); err != nil {
			return err
		}
		if at := member(e.members, "ts_ms"); at != nil {
			e.at = at
		}
	}
	if e.op == nil {
		return errNoChange()
	}
	return nil
}

func errNoChange() error {
	return pgerr.New(pgerr.DataCorrupted, "the message is no Debezium event: it has no \"op\"")
}

func member(list []jsonscan.Member, key string) []byte {
	for i := len(list) - 1; i >= 0; i-- {
		if string(list[i].Key) == key {
			return list[i].Value
		}
	}
	return nil
}

// row is what the row is now, or was before it was deleted; nil for events without one.
func (e *jsonChange) row() []byte {
	for _, row := range [][]byte{e.after, e.before} {
		if row != nil && string(row) != "null" {
			return row
		}
	}
	return nil
}

// values puts the envelope's own fields in their places.
func (e *jsonChange) values(fields []Field, values [][]byte) {
	for i := range fields {
		switch fields[i].part {
		case partOp:
			values[i] = e.op
		case partTime:
			values[i] = e.at
		case partBefore:
			values[i] = e.before
		case partAfter:
			values[i] = e.after
		}
	}
}
