//go:build !linux

package eventloop

import (
	"errors"
	"net"
)

// Loop is there on Linux alone.
type Loop struct{}

// Conn is there on Linux alone: none is ever made here.
type Conn struct{ net.Conn }

// New says that there are no loops here.
func New() (*Loop, error) { return nil, errors.ErrUnsupported }

// Close does nothing.
func (l *Loop) Close() {}

// Take leaves conn as it is.
func (l *Loop) Take(net.Conn) (*Conn, error) { return nil, errors.ErrUnsupported }

// Loop is the loop that the socket belongs to.
func (c *Conn) Loop() *Loop { return nil }

// Arm, Disarm, Poke and the rest complete the type.
func (c *Conn) Arm(func()) {}

// Disarm ends Arm.
func (c *Conn) Disarm() {}

// Poke has the loop call the handler.
func (c *Conn) Poke() {}

// Bulk says that a long stream is being read.
func (c *Conn) Bulk(bool) {}

// PeerClosed says whether the other side has closed the connection.
func (c *Conn) PeerClosed() bool { return false }

// Quiet says that nothing came since the last read.
func (c *Conn) Quiet() bool { return false }

// ReadExpired says whether the read deadline has passed.
func (c *Conn) ReadExpired() bool { return false }

// TryRead reads what is there.
func (c *Conn) TryRead([]byte) (int, error) { return 0, errors.ErrUnsupported }

// TryWrite writes as much as the socket takes at once.
func (c *Conn) TryWrite([]byte) (int, error) { return 0, errors.ErrUnsupported }
