package postgres

import (
	"strconv"
	"unsafe"

	"github.com/sqlgateway/gateway/backends"
)

// statementCache keeps the statements prepared on one connection, the least recently
// used of which is closed when there are too many.
type statementCache struct {
	size   int
	byText map[string]*statement
	// head is a sentinel of the list of use: head.next was used last.
	head  *statement
	count uint64 // names given so far
}

type statement struct {
	backends.RelayStatement
	key        string
	prev, next *statement
}

func newStatementCache(size int) statementCache {
	head := &statement{}
	head.prev, head.next = head, head
	return statementCache{size: size, byText: map[string]*statement{}, head: head}
}

// statementKey is the text followed by the parameter types' bytes.
func statementKey(buf []byte, sql string, types []uint32) []byte {
	buf = append(buf, sql...)
	for _, t := range types {
		buf = append(buf, 0, byte(t), byte(t>>8), byte(t>>16), byte(t>>24))
	}
	return buf
}

// find gives the statement of a key and moves it to the front. A statement without
// parameter types has its text for a key, so nothing is built for it.
func (s *statementCache) find(sql string, types []uint32) *statement {
	key := sql
	if len(types) > 0 {
		var buf [512]byte
		b := statementKey(buf[:0], sql, types)
		key = unsafe.String(unsafe.SliceData(b), len(b))
	}
	st := s.byText[key]
	if st != nil && s.head.next != st {
		st.unlink()
		s.toFront(st)
	}
	return st
}

func (st *statement) unlink() {
	st.prev.next, st.next.prev = st.next, st.prev
}

func (s *statementCache) toFront(st *statement) {
	st.prev, st.next = s.head, s.head.next
	st.prev.next, st.next.prev = st, st
}

// add makes a statement with a fresh name; it is not in the cache before keep.
func (s *statementCache) add(sql string, types []uint32) *statement {
	s.count++
	return &statement{
		key:            string(statementKey(nil, sql, types)),
		RelayStatement: backends.RelayStatement{Name: "gw" + strconv.FormatUint(s.count, 36), ParamTypes: types},
	}
}

// keep puts a prepared statement into the cache and gives the one to close, if any.
func (s *statementCache) keep(st *statement) (evicted *statement) {
	s.byText[st.key] = st
	s.toFront(st)
	if len(s.byText) <= max(s.size, 1) {
		return nil
	}
	evicted = s.head.prev
	s.drop(evicted)
	return evicted
}

func (s *statementCache) drop(st *statement) {
	if s.byText[st.key] == st {
		st.unlink()
		delete(s.byText, st.key)
	}
}

// dropNamed forgets a statement that the server no longer knows, or no longer wants.
func (s *statementCache) dropNamed(name string) {
	for st := s.head.next; st != s.head; st = st.next {
		if st.Name == name {
			s.drop(st)
			return
		}
	}
}

func (s *statementCache) clear() {
	count := s.count
	*s = newStatementCache(s.size)
	s.count = count
}
