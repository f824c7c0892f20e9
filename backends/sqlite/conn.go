package sqlite

import (
	"context"
	"fmt"
	"math"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// conn is one SQLite connection. One goroutine uses it at a time, so it is opened
// without SQLite's own mutex; only interrupt may come from another.
type conn struct {
	tls *libc.TLS
	db  uintptr

	// mu keeps an interrupt from meeting close.
	mu sync.Mutex
	// broken connections are closed instead of pooled.
	broken bool
}

// openConn opens a database by URI or name, as sqlite3_open_v2 takes it.
func openConn(name string, readOnly bool, busyTimeoutMS int) (*conn, error) {
	flags := int32(sqlite3.SQLITE_OPEN_NOMUTEX | sqlite3.SQLITE_OPEN_URI)
	if readOnly {
		flags |= sqlite3.SQLITE_OPEN_READONLY
	} else {
		flags |= sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE
	}
	c := &conn{tls: libc.NewTLS()}
	if err := c.open(name, flags); err != nil {
		c.close()
		return nil, err
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	sqlite3.Xsqlite3_busy_timeout(c.tls, c.db, int32(busyTimeoutMS))
	for _, pragma := range connectionPragmas {
		if _, err := c.exec(context.Background(), pragma); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// connectionPragmas hold on every connection: foreign keys are enforced as Postgres
// does; a schema that came with a file may call nothing dangerous; a large write keeps
// its pages until it commits, where spilling them would need the readers gone, among
// which may be the one whose rows are being written.
var connectionPragmas = []string{"PRAGMA foreign_keys=on", "PRAGMA trusted_schema=off", "PRAGMA cache_spill=off"}

func (c *conn) open(name string, flags int32) error {
	cname, err := libc.CString(name)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, cname)
	out := c.tls.Alloc(8)
	defer c.tls.Free(8)
	rc := sqlite3.Xsqlite3_open_v2(c.tls, cname, out, flags, 0)
	c.db = *(*uintptr)(pointer(out))
	if rc != sqlite3.SQLITE_OK {
		return c.failure(rc)
	}
	// Double-quoted strings are a trap: a misspelt column would be a constant.
	for _, op := range []int32{sqlite3.SQLITE_DBCONFIG_DQS_DML, sqlite3.SQLITE_DBCONFIG_DQS_DDL} {
		args := c.tls.Alloc(16)
		sqlite3.Xsqlite3_db_config(c.tls, c.db, op, libc.VaList(args, int32(0), uintptr(0)))
		c.tls.Free(16)
	}
	return nil
}

// pointer turns an address in libc's memory, which the garbage collector does not
// know, into a pointer.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// interrupt makes what runs on the connection fail with SQLITE_INTERRUPT.
func (c *conn) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.db != 0 {
		tls := libc.NewTLS()
		sqlite3.Xsqlite3_interrupt(tls, c.db)
		tls.Close()
	}
}

func (c *conn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tls == nil {
		return
	}
	if c.db != 0 {
		sqlite3.Xsqlite3_close_v2(c.tls, c.db)
		c.db = 0
	}
	c.tls.Close()
	c.tls = nil
}

// watch interrupts the connection when ctx ends, until the function it gives is
// called.
func (c *conn) watch(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	fired := make(chan struct{})
	stopped := context.AfterFunc(ctx, func() {
		defer close(fired)
		c.interrupt()
	})
	return func() {
		if !stopped() {
			// The interrupt must not reach whoever has the connection next.
			<-fired
		}
	}
}

// exec runs a statement without parameters and throws its rows away.
func (c *conn) exec(ctx context.Context, sql string) (affected int64, err error) {
	s, err := c.prepare(sql)
	if err != nil {
		return 0, err
	}
	defer s.finalize()
	return s.run(ctx)
}

// inTransaction says that a transaction is open.
func (c *conn) inTransaction() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// stmt is a prepared statement with its bound values.
type stmt struct {
	c      *conn
	handle uintptr
	sql    uintptr
}

func (c *conn) prepare(sql string) (*stmt, error) {
	csql, err := libc.CString(sql)
	if err != nil {
		return nil, err
	}
	out := c.tls.Alloc(16)
	defer c.tls.Free(16)
	rc := sqlite3.Xsqlite3_prepare_v2(c.tls, c.db, csql, int32(len(sql)+1), out, out+8)
	if rc != sqlite3.SQLITE_OK {
		err := c.failure(rc)
		libc.Xfree(c.tls, csql)
		return nil, err
	}
	return &stmt{c: c, handle: *(*uintptr)(pointer(out)), sql: csql}, nil
}

func (s *stmt) finalize() {
	if s.c.tls != nil && s.sql != 0 {
		sqlite3.Xsqlite3_finalize(s.c.tls, s.handle)
		libc.Xfree(s.c.tls, s.sql)
	}
	s.handle, s.sql = 0, 0
}

// step moves to the next row; more is false at the end.
func (s *stmt) step() (more bool, err error) {
	if s.handle == 0 { // an empty statement
		return false, nil
	}
	switch rc := sqlite3.Xsqlite3_step(s.c.tls, s.handle); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		return false, nil
	default:
		return false, s.c.failure(rc)
	}
}

// run steps to the end and counts the rows that the statement changed.
func (s *stmt) run(ctx context.Context) (affected int64, err error) {
	defer s.c.watch(ctx)()
	before := sqlite3.Xsqlite3_total_changes64(s.c.tls, s.c.db)
	for {
		more, err := s.step()
		if err != nil {
			return 0, err
		}
		if !more {
			break
		}
	}
	if sqlite3.Xsqlite3_total_changes64(s.c.tls, s.c.db) == before {
		return 0, nil
	}
	return sqlite3.Xsqlite3_changes64(s.c.tls, s.c.db), nil
}

// reset readies the statement for new values.
func (s *stmt) reset() {
	sqlite3.Xsqlite3_reset(s.c.tls, s.handle)
	sqlite3.Xsqlite3_clear_bindings(s.c.tls, s.handle)
}

// columns is the number of result columns.
func (s *stmt) columns() int { return int(sqlite3.Xsqlite3_column_count(s.c.tls, s.handle)) }

// value is the cell of column i of the current row; it lives until the next step.
func (s *stmt) value(i int) uintptr {
	return sqlite3.Xsqlite3_column_value(s.c.tls, s.handle, int32(i))
}

// bytes is the text or blob of a value, in SQLite's memory.
func (s *stmt) bytes(value uintptr) []byte {
	p := sqlite3.Xsqlite3_value_blob(s.c.tls, value)
	n := sqlite3.Xsqlite3_value_bytes(s.c.tls, value)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(p)), int(n))
}

// text is the text form of a value, converting numbers as SQLite does.
func (s *stmt) text(value uintptr) []byte {
	p := sqlite3.Xsqlite3_value_text(s.c.tls, value)
	n := sqlite3.Xsqlite3_value_bytes(s.c.tls, value)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(p)), int(n))
}

// bind sets parameter i, from 1. v is nil, int64, float64, string or []byte.
func (s *stmt) bind(i int, v any) error {
	var rc int32
	tls, h := s.c.tls, s.handle
	switch v := v.(type) {
	case nil:
		rc = sqlite3.Xsqlite3_bind_null(tls, h, int32(i))
	case int64:
		rc = sqlite3.Xsqlite3_bind_int64(tls, h, int32(i), v)
	case float64:
		rc = sqlite3.Xsqlite3_bind_double(tls, h, int32(i), v)
	case string:
		rc = s.bindBytes(i, unsafe.Slice(unsafe.StringData(v), len(v)), true)
	case []byte:
		rc = s.bindBytes(i, v, false)
	default:
		return fmt.Errorf("binding parameter %d: unexpected %T", i, v)
	}
	if rc != sqlite3.SQLITE_OK {
		return s.c.failure(rc)
	}
	return nil
}

// transient tells SQLite to copy what is bound.
const transient = ^uintptr(0)

func (s *stmt) bindBytes(i int, v []byte, text bool) int32 {
	if len(v) > math.MaxInt32-1 {
		return sqlite3.SQLITE_TOOBIG
	}
	// One byte more: the address of an empty value must not be NULL.
	p := libc.Xmalloc(s.c.tls, libc.Tsize_t(len(v)+1))
	if p == 0 {
		return sqlite3.SQLITE_NOMEM
	}
	defer libc.Xfree(s.c.tls, p)
	copy(unsafe.Slice((*byte)(pointer(p)), len(v)+1), v)
	if text {
		return sqlite3.Xsqlite3_bind_text(s.c.tls, s.handle, int32(i), p, int32(len(v)), transient)
	}
	return sqlite3.Xsqlite3_bind_blob(s.c.tls, s.handle, int32(i), p, int32(len(v)), transient)
}

// origin is the table and column that result column i plainly is, "" if neither.
func (s *stmt) origin(i int) (table, column string) {
	table = libc.GoString(sqlite3.Xsqlite3_column_table_name(s.c.tls, s.handle, int32(i)))
	column = libc.GoString(sqlite3.Xsqlite3_column_origin_name(s.c.tls, s.handle, int32(i)))
	return table, column
}
