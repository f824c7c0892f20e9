package postgres

import (
	"context"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// relayConn is a pooled connection lent to a relay.
type relayConn struct {
	b *Backend
	c *conn // nil once given back
	// started is the prepared statement that runs by way of the event loop.
	started *statement
}

// Relay implements backends.Relayer.
func (b *Backend) Relay(ctx context.Context) (backends.RelayConn, error) {
	c, err := b.pool.get(ctx, false)
	if err != nil {
		return nil, err
	}
	return &relayConn{b: b, c: c}, nil
}

// TransactionOver implements backends.RelayTransactor.
func (b *Backend) TransactionOver(conn backends.RelayConn) (backends.Tx, error) {
	r, ok := conn.(*relayConn)
	if !ok || r.c == nil || r.b != b {
		return nil, pgerr.Internal("the connection is not one of this backend's relay")
	}
	return &tx{b: b, c: r.c, borrowed: true}, nil
}

func (r *relayConn) Label() string { return r.c.label }

func (r *relayConn) SetLabel(label string) { r.c.label = label }

func (r *relayConn) ParameterStatus(name string) string { return r.c.parameters[name] }

func (r *relayConn) TransactionStatus() byte { return r.c.status }

func (r *relayConn) Cancel(ctx context.Context) {
	if c := r.c; c != nil {
		c.cancel(ctx)
	}
}

func (r *relayConn) Release() {
	if c := r.c; c != nil {
		r.c = nil
		if c.status != 'I' {
			c.broken = true
		}
		r.b.pool.put(c)
	}
}

func (r *relayConn) Close() {
	if c := r.c; c != nil {
		r.c = nil
		c.broken = true
		r.b.pool.put(c)
	}
}

// Simple implements backends.RelayConn.
func (r *relayConn) Simple(ctx context.Context, sql string, sink backends.RelaySink) error {
	if strings.IndexByte(sql, 0) >= 0 {
		return pgerr.New(pgerr.ProtocolViolation, "a query text holds a zero byte")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c := r.c
	defer c.watch(ctx)()
	c.putQuery(sql)
	if err := c.send(); err != nil {
		return c.blame(ctx, err)
	}
	return c.blame(ctx, c.relay(ctx, sink))
}

// Prepare implements backends.RelayConn.
func (r *relayConn) Prepare(ctx context.Context, sql string, paramTypes []uint32) (*backends.RelayStatement, error) {
	st, err := r.c.prepare(ctx, sql, paramTypes)
	if err != nil {
		return nil, err
	}
	return &st.RelayStatement, nil
}

// prepare finds or makes a named statement on the connection.
func (c *conn) prepare(ctx context.Context, sql string, paramTypes []uint32) (*statement, error) {
	if st := c.statements.find(sql, paramTypes); st != nil {
		return st, nil
	}
	if strings.IndexByte(sql, 0) >= 0 {
		return nil, pgerr.New(pgerr.ProtocolViolation, "a query text holds a zero byte")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st := c.statements.add(sql, paramTypes)
	defer c.watch(ctx)()
	c.putParse(st.Name, sql, paramTypes)
	c.putDescribe('S', st.Name)
	c.putSync()
	if err := c.send(); err != nil {
		return nil, c.blame(ctx, err)
	}
	if err := c.readDescription(st); err != nil {
		return nil, c.blame(ctx, err)
	}
	if evicted := c.statements.keep(st); evicted != nil {
		// It goes out with the next request; its answer is skipped there.
		c.putClose('S', evicted.Name)
	}
	return st, nil
}

func (c *conn) readDescription(st *statement) error {
	var failure error
	for {
		kind, body, err := c.next()
		if err != nil {
			return err
		}
		switch kind {
		case 't':
			st.ParamTypes = readParameterTypes(body)
		case 'T':
			st.RowDescription = append([]byte{}, body...)
		case 'E':
			e := readError(body)
			failure = e
			if c.ended(e) {
				return failure
			}
		case 'Z':
			return failure
		}
	}
}

func readParameterTypes(body []byte) []uint32 {
	if len(body) < 2 {
		return nil
	}
	types := make([]uint32, 0, (len(body)-2)/4)
	for b := body[2:]; len(b) >= 4; b = b[4:] {
		types = append(types, uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3]))
	}
	return types
}

// Execute implements backends.RelayConn.
func (r *relayConn) Execute(ctx context.Context, st *backends.RelayStatement, paramFormats []int16, params [][]byte, resultFormats []int16, sink backends.RelaySink) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := r.c
	defer c.watch(ctx)()
	c.putBind("", st.Name, paramFormats, params, resultFormats)
	c.putExecute("", 0)
	c.putSync()
	if err := c.send(); err != nil {
		return c.blame(ctx, err)
	}
	err := c.blame(ctx, c.relay(ctx, sink))
	c.noteFailure(st.Name, err)
	return err
}

// noteFailure forgets a statement that the server has lost, or whose result type
// changed: it is prepared anew next time.
func (c *conn) noteFailure(name string, err error) {
	if e, ok := err.(*pgerr.Error); ok && (e.Code == pgerr.InvalidSQLStatementName || e.Code == pgerr.FeatureNotSupported) {
		c.statements.dropNamed(name)
	}
}

// bulkBytes is how much of an answer has come before more is awaited at a time.
const bulkBytes = 256 << 10

// relay passes answers on until the server is ready again, whatever happens: only
// then is the connection of use.
func (c *conn) relay(ctx context.Context, sink backends.RelaySink) error {
	var failure error
	// keep remembers the first error; one of the sink's stops the server too.
	keep := func(err error) {
		if err != nil && failure == nil {
			failure = err
			c.abandon(ctx)
		}
	}
	relayed := 0
	if c.socket != nil {
		defer c.socket.Bulk(false)
	}
	for {
		messages, ok, err := c.rows()
		if err != nil {
			return err
		}
		if ok {
			if relayed += len(messages); relayed > bulkBytes && c.socket != nil {
				relayed = 0
				c.socket.Bulk(true)
			}
			if failure == nil {
				keep(sink.Rows(messages))
			}
			continue
		}
		kind, body, err := c.next()
		if err != nil {
			return err
		}
		switch kind {
		case 'T':
			if failure == nil {
				keep(sink.RowDescription(body))
			}
		case 'C', 'I':
			tag, _ := cutZero(body)
			c.noteTag(tag)
			if failure == nil {
				keep(sink.Complete(tag))
			}
		case 'N':
			if failure == nil {
				keep(sink.Notice(body))
			}
		case 'G', 'W':
			c.putCopyFail("COPY is not relayed")
			if err := c.send(); err != nil {
				return err
			}
		case 'E':
			e := readError(body)
			if failure == nil {
				failure = e
			}
			if c.ended(e) {
				return failure
			}
		case 'Z':
			c.shrink()
			return failure
		}
	}
}

// ended says whether the server ends the connection with an error. For the client, whose
// own connection goes on, it is an ERROR; drivers hang up at a FATAL one.
func (c *conn) ended(e *pgerr.Error) bool {
	if !fatal(e) {
		return false
	}
	c.broken = true
	e.Severity = ""
	return true
}

// abandon stops a result that nobody wants any more.
func (c *conn) abandon(ctx context.Context) {
	c.cancel(ctx)
}

// noteTag forgets the prepared statements that a command threw away.
func (c *conn) noteTag(tag string) {
	if strings.HasPrefix(tag, "D") && (strings.HasPrefix(tag, "DISCARD") || strings.HasPrefix(tag, "DEALLOCATE")) {
		c.statements.clear()
	}
}
