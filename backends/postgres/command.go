package postgres

import (
	"context"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// discard is a sink that keeps nothing but the last command tag.
type discard struct{ tag string }

func (*discard) RowDescription([]byte) error { return nil }
func (*discard) Rows([]byte) error           { return nil }
func (*discard) Notice([]byte) error         { return nil }
func (d *discard) Complete(tag string) error { d.tag = tag; return nil }

// command runs statements without parameters and throws their rows away.
func (c *conn) command(ctx context.Context, sql string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer c.watch(ctx)()
	c.putQuery(sql)
	if err := c.send(); err != nil {
		return c.blame(ctx, err)
	}
	return c.blame(ctx, c.relay(ctx, &discard{}))
}

// execute runs one statement and counts the rows it affected.
func (c *conn) execute(ctx context.Context, q backends.QueryFragment) (affected int64, err error) {
	done := &discard{}
	if err := c.extended(ctx, q, done); err != nil {
		return 0, err
	}
	return affectedBy(done.tag), nil
}

// affectedBy reads the count of a command tag: "INSERT 0 5", "UPDATE 5".
func affectedBy(tag string) int64 {
	if strings.HasPrefix(tag, "SELECT") {
		return 0
	}
	n, _ := strconv.ParseInt(tag[strings.LastIndexByte(tag, ' ')+1:], 10, 64)
	return n
}

// extended runs one statement with parameters; its rows come as text.
func (c *conn) extended(ctx context.Context, q backends.QueryFragment, sink backends.RelaySink) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	defer c.watch(ctx)()
	types, params := encodeArgs(q.Args)
	c.putParse("", q.SQL, types)
	c.putBind("", "", nil, params, nil)
	c.putDescribe('P', "")
	c.putExecute("", 0)
	c.putSync()
	if err := c.send(); err != nil {
		return c.blame(ctx, err)
	}
	return c.blame(ctx, c.relay(ctx, sink))
}

// textRows collects the rows of a small result.
type textRows struct {
	discard
	visit func(cells []*string) error
}

// Rows implements backends.RelaySink.
func (t *textRows) Rows(messages []byte) error {
	for len(messages) > 0 {
		n := int(binary.BigEndian.Uint32(messages[1:])) + 1
		cells, err := readCells(messages[5:n])
		if err != nil {
			return err
		}
		if err := t.visit(cells); err != nil {
			return err
		}
		messages = messages[n:]
	}
	return nil
}

func readCells(body []byte) ([]*string, error) {
	if len(body) < 2 {
		return nil, errShortRow()
	}
	cells := make([]*string, binary.BigEndian.Uint16(body))
	rest := body[2:]
	for i := range cells {
		if len(rest) < 4 {
			return nil, errShortRow()
		}
		n := int32(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
		if n < 0 {
			continue
		}
		if int(n) > len(rest) {
			return nil, errShortRow()
		}
		cell := string(rest[:n])
		cells[i], rest = &cell, rest[n:]
	}
	return cells, nil
}

// each runs a query of our own and visits its rows; NULL is nil.
func (c *conn) each(ctx context.Context, sql string, args []backends.Arg, visit func(cells []*string) error) error {
	return c.extended(ctx, backends.QueryFragment{SQL: sql, Args: args}, &textRows{visit: visit})
}

// text is a cell's text, "" for NULL.
func text(cell *string) string {
	if cell == nil {
		return ""
	}
	return *cell
}

func number(cell *string) int64 {
	n, _ := strconv.ParseInt(text(cell), 10, 64)
	return n
}

func real(cell *string) float64 {
	f, _ := strconv.ParseFloat(text(cell), 64)
	return f
}

// undefinedTable is 42P01.
func undefinedTable(name backends.TableName) error {
	shown := name.Name
	if name.Schema != "" {
		shown = name.Schema + "." + name.Name
	}
	return pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", shown)
}
