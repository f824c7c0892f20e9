package wire

import (
	"net"
	"time"
)

// watchInterval is how long a statement runs before, and how often, the gateway
// looks whether its client is still there (client_connection_check_interval).
const watchInterval = time.Second

// watch cancels the running statement when the client has vanished, which nothing
// else would notice before the next write. The returned function ends the watch.
//
// It looks at the socket without reading from it, so it needs no second reader and
// costs a short statement one timer.
func (c *conn) watch() (stop func()) {
	c.watcher.Reset(watchInterval)
	return c.stopWatch
}

func (c *conn) stopWatch() { c.watcher.Stop() }

func (c *conn) lookForClient() {
	if c.waiting.Load() || c.closed.Load() {
		return
	}
	if c.vanished() {
		c.killed.Store(true)
		c.cancel()
		return
	}
	c.watcher.Reset(watchInterval)
}

// vanished says whether the client has closed its side.
func (c *conn) vanished() bool {
	if c.socket != nil {
		return c.socket.PeerClosed()
	}
	return socketClosed(c.raw)
}

// tcpConn unwraps what a listener may have put around the socket.
func tcpConn(conn net.Conn) net.Conn {
	for {
		wrapped, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = wrapped.NetConn()
	}
}
