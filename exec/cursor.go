package exec

import (
	"context"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
)

// cursor is an SQL cursor. A scrollable or held one keeps the batches it has read,
// to go back in; the others forget them.
type cursor struct {
	name    string
	fields  []session.Field
	rows    *rows // nil once everything was read
	scroll  bool
	hold    bool
	kept    []arrow.RecordBatch
	total   int64 // rows in kept
	forward int64 // rows that a forward-only cursor has passed
	at      int64 // the row the cursor is on, 1-based; 0 before the first, total+1 after the last
}

func (s *Session) cursor(name string) (*cursor, error) {
	if c := s.cursors[name]; c != nil {
		return c, nil
	}
	return nil, pgerr.New(pgerr.InvalidCursorName, "cursor %q does not exist", name)
}

// runDeclare runs DECLARE CURSOR.
func (s *Session) runDeclare(ctx context.Context, n *translate.DeclareCursorStmt, u *translate.Utility, p *portal, out session.Out) error {
	if !n.Hold && !s.tx.inBlock() {
		return pgerr.New(pgerr.NoActiveSQLTransaction, "DECLARE CURSOR can only be used in transaction blocks")
	}
	if _, taken := s.cursors[n.Name]; taken {
		return pgerr.New(pgerr.DuplicateCursor, "cursor %q already exists", n.Name)
	}
	query, ok := u.Sub.(*translate.Query)
	if !ok {
		return pgerr.Internal("DECLARE CURSOR without a query")
	}
	inner := &portal{statement: p.statement, compiled: &compiled{snapshot: p.compiled.snapshot}, params: p.params}
	rows, err := s.openQuery(ctx, inner, query)
	if err != nil {
		return err
	}
	c := &cursor{name: n.Name, fields: outputFields(query.Output), rows: rows, scroll: n.Scroll, hold: n.Hold}
	if n.Binary {
		for i := range c.fields {
			c.fields[i].Format = 1
		}
	}
	s.cursors[n.Name] = c
	return out.Complete("DECLARE CURSOR")
}

// closeCursors closes the cursors that end with their transaction, or all.
func (s *Session) closeCursors(all bool) {
	for name, c := range s.cursors {
		if all || !c.hold {
			c.close()
			delete(s.cursors, name)
		}
	}
}

func (c *cursor) close() {
	if c.rows != nil {
		c.rows.close()
		c.rows = nil
	}
	for _, b := range c.kept {
		b.Release()
	}
	c.kept = nil
}

// runCloseCursor runs CLOSE.
func (s *Session) runCloseCursor(n *translate.ClosePortalStmt, out session.Out) error {
	if n.Cursor == "" {
		s.closeCursors(true)
		return out.Complete("CLOSE CURSOR ALL")
	}
	c, err := s.cursor(n.Cursor)
	if err != nil {
		return err
	}
	c.close()
	delete(s.cursors, n.Cursor)
	return out.Complete("CLOSE CURSOR")
}

// runFetch runs FETCH and MOVE.
func (s *Session) runFetch(ctx context.Context, n *translate.FetchStmt, p *portal, out session.Out) error {
	c, err := s.cursor(n.Cursor)
	if err != nil {
		return err
	}
	fields := c.fields
	if p.results != nil {
		fields = p.fields
	}
	style := s.values.Style()
	if c.rows != nil {
		style = s.resultStyle(ctx, fields, c.rows.snapshot)
	}
	send := func(b arrow.RecordBatch) error {
		if n.Move {
			return nil
		}
		return out.Batch(fields, b, style)
	}
	count, err := c.fetch(ctx, n, send)
	if err != nil {
		return err
	}
	tag := "FETCH "
	if n.Move {
		tag = "MOVE "
	}
	return out.Complete(tag + strconv.FormatInt(count, 10))
}

// fetch moves the cursor as FETCH says and sends the rows that it passes.
func (c *cursor) fetch(ctx context.Context, n *translate.FetchStmt, send func(arrow.RecordBatch) error) (int64, error) {
	direction, count := n.Direction, n.Count
	if count < 0 && direction != translate.FetchAbsolute && direction != translate.FetchRelative {
		count = -count
		if direction == translate.FetchForward {
			direction = translate.FetchBackward
		} else {
			direction = translate.FetchForward
		}
	}
	switch direction {
	case translate.FetchForward:
		if count == 0 {
			return c.fetchAt(ctx, c.at, send)
		}
		return c.fetchForward(ctx, count, send)
	case translate.FetchBackward:
		if count == 0 {
			return c.fetchAt(ctx, c.at, send)
		}
		return c.fetchBackward(ctx, count, send)
	case translate.FetchAbsolute:
		if count < 0 {
			if err := c.readAll(ctx); err != nil {
				return 0, err
			}
			count = max(c.total+1+count, 0)
		}
		return c.fetchAt(ctx, count, send)
	default:
		return c.fetchAt(ctx, max(c.at+count, 0), send)
	}
}

// fetchForward sends up to count rows after the current one.
func (c *cursor) fetchForward(ctx context.Context, count int64, send func(arrow.RecordBatch) error) (int64, error) {
	sent := int64(0)
	for sent < count {
		batch, err := c.batchAt(ctx, c.at+1, count-sent)
		if err != nil {
			return sent, err
		}
		if batch == nil {
			c.at = c.total + c.forward + 1
			return sent, nil
		}
		n := batch.NumRows()
		err = send(batch)
		batch.Release()
		if err != nil {
			return sent, err
		}
		sent += n
		c.at += n
	}
	return sent, nil
}

// batchAt gives at most limit rows from row number at on; nil is the end. The
// caller releases it.
func (c *cursor) batchAt(ctx context.Context, at, limit int64) (arrow.RecordBatch, error) {
	for {
		first := c.forward + 1
		for _, b := range c.kept {
			if at < first+b.NumRows() {
				from := at - first
				part := b.NewSlice(from, min(b.NumRows(), from+min(limit, math.MaxInt32)))
				c.forget(at + part.NumRows())
				return part, nil
			}
			first += b.NumRows()
		}
		more, err := c.readMore(ctx)
		if err != nil || !more {
			return nil, err
		}
	}
}

// forget drops the batches of a forward-only cursor that lie before row next.
func (c *cursor) forget(next int64) {
	if c.scroll {
		return
	}
	for len(c.kept) > 0 && c.forward+c.kept[0].NumRows() < next {
		c.forward += c.kept[0].NumRows()
		c.total -= c.kept[0].NumRows()
		c.kept[0].Release()
		c.kept = c.kept[1:]
	}
}

// readMore takes one more batch from the query.
func (c *cursor) readMore(ctx context.Context) (bool, error) {
	if c.rows == nil {
		return false, nil
	}
	batch, err := c.rows.next(ctx)
	if err != nil {
		return false, err
	}
	if batch == nil {
		c.rows.close()
		c.rows = nil
		return false, nil
	}
	c.kept = append(c.kept, batch)
	c.total += batch.NumRows()
	return true, nil
}

func (c *cursor) readAll(ctx context.Context) error {
	if !c.scroll {
		return errForwardOnly()
	}
	for {
		more, err := c.readMore(ctx)
		if err != nil || !more {
			return err
		}
	}
}

func errForwardOnly() error {
	return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "cursor can only scan forward").
		WithHint("Declare it with SCROLL option to enable backward scan.")
}

// fetchBackward sends up to count rows before the current one, the nearest first.
func (c *cursor) fetchBackward(ctx context.Context, count int64, send func(arrow.RecordBatch) error) (int64, error) {
	if !c.scroll {
		return 0, errForwardOnly()
	}
	sent := int64(0)
	for sent < count && c.at > 1 {
		c.at--
		if _, err := c.sendRow(ctx, c.at, send); err != nil {
			return sent, err
		}
		sent++
	}
	if sent < count {
		c.at = 0
	}
	return sent, nil
}

// fetchAt moves to row number at and sends it, if there is such a row.
func (c *cursor) fetchAt(ctx context.Context, at int64, send func(arrow.RecordBatch) error) (int64, error) {
	if !c.scroll && at < c.at {
		return 0, errForwardOnly()
	}
	if at < 1 {
		c.at = 0
		return 0, nil
	}
	found, err := c.sendRow(ctx, at, send)
	if err != nil {
		return 0, err
	}
	if !found {
		c.at = c.forward + c.total + 1
		return 0, nil
	}
	c.at = at
	return 1, nil
}

func (c *cursor) sendRow(ctx context.Context, at int64, send func(arrow.RecordBatch) error) (bool, error) {
	batch, err := c.batchAt(ctx, at, 1)
	if batch == nil || err != nil {
		return false, err
	}
	defer batch.Release()
	return true, send(batch)
}
