//go:build unix && !linux

package wire

import (
	"net"
	"syscall"
)

// socketClosed says whether the peer has closed its side: a peek finds the end,
// unless there is something unread before it.
func socketClosed(conn net.Conn) bool {
	sc, ok := tcpConn(conn).(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return true
	}
	closed := false
	var buf [1]byte
	err = raw.Control(func(fd uintptr) {
		n, _, err := syscall.Recvfrom(int(fd), buf[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		closed = err == nil && n == 0 || err != nil && err != syscall.EAGAIN && err != syscall.EWOULDBLOCK && err != syscall.EINTR
	})
	return closed || err != nil
}
