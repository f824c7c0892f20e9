package wire

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// socketClosed says whether the peer has closed its side, even with something
// unread before the end: clients say Terminate, or end TLS, before they close.
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
	err = raw.Control(func(fd uintptr) {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}} //nolint:gosec // file descriptors are small
		n, err := unix.Poll(fds, 0)
		closed = err == nil && n > 0 && fds[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
	})
	return closed || err != nil
}
