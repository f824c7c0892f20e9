package postgres

import "encoding/binary"

// The frontend's messages, appended to conn.out. Each is a type byte, a length word
// and a body; begin leaves room for the length and end fills it in.

func (c *conn) begin(kind byte) (at int) {
	c.out = append(c.out, kind, 0, 0, 0, 0)
	return len(c.out) - 4
}

func (c *conn) endMessage(at int) { binary.BigEndian.PutUint32(c.out[at:], uint32(len(c.out)-at)) }

func (c *conn) putString(s string) { c.out = append(append(c.out, s...), 0) }

func (c *conn) putInt16(v int) { c.out = binary.BigEndian.AppendUint16(c.out, uint16(v)) }

func (c *conn) putInt32(v int32) { c.out = binary.BigEndian.AppendUint32(c.out, uint32(v)) }

func (c *conn) putQuery(sql string) {
	at := c.begin('Q')
	c.putString(sql)
	c.endMessage(at)
}

func (c *conn) putParse(name, sql string, types []uint32) {
	at := c.begin('P')
	c.putString(name)
	c.putString(sql)
	c.putInt16(len(types))
	for _, t := range types {
		c.putInt32(int32(t))
	}
	c.endMessage(at)
}

// putDescribe describes a statement ('S') or a portal ('P').
func (c *conn) putDescribe(what byte, name string) {
	at := c.begin('D')
	c.out = append(c.out, what)
	c.putString(name)
	c.endMessage(at)
}

func (c *conn) putClose(what byte, name string) {
	at := c.begin('C')
	c.out = append(c.out, what)
	c.putString(name)
	c.endMessage(at)
}

func (c *conn) putBind(portal, name string, paramFormats []int16, params [][]byte, resultFormats []int16) {
	at := c.begin('B')
	c.putString(portal)
	c.putString(name)
	c.putFormats(paramFormats)
	c.putInt16(len(params))
	for _, p := range params {
		if p == nil {
			c.putInt32(-1)
			continue
		}
		c.putInt32(int32(len(p)))
		c.out = append(c.out, p...)
	}
	c.putFormats(resultFormats)
	c.endMessage(at)
}

func (c *conn) putFormats(formats []int16) {
	c.putInt16(len(formats))
	for _, f := range formats {
		c.putInt16(int(f))
	}
}

// putExecute asks for at most rows rows, 0 for all.
func (c *conn) putExecute(portal string, rows int32) {
	at := c.begin('E')
	c.putString(portal)
	c.putInt32(rows)
	c.endMessage(at)
}

func (c *conn) putSync() { c.out = append(c.out, 'S', 0, 0, 0, 4) }

func (c *conn) putCopyFail(reason string) {
	at := c.begin('f')
	c.putString(reason)
	c.endMessage(at)
}
