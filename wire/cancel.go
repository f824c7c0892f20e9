package wire

import (
	"crypto/subtle"
	"encoding/binary"

	"github.com/sqlgateway/gateway/internal/session"
)

// setSession publishes the session, so that a cancel request can find it.
func (c *conn) setSession(s session.Session) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.session = s
}

// cancelOther serves a CancelRequest: process ID and secret key. As in Postgres the
// requester learns nothing of the outcome.
func (c *conn) cancelOther(key []byte) {
	if len(key) != 8 {
		return
	}
	s := c.server
	s.mu.Lock()
	target := s.conns[binary.BigEndian.Uint32(key)]
	var running session.Session
	if target != nil {
		want := binary.BigEndian.AppendUint32(nil, target.secret)
		if subtle.ConstantTimeCompare(want, key[4:]) == 1 {
			running = target.session
		}
	}
	s.mu.Unlock()
	if running != nil {
		running.Cancel()
	}
}
