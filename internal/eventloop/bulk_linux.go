package eventloop

import (
	"golang.org/x/sys/unix"
)

const (
	// bulkBytes is what a reader of a long stream waits for at most, bulkWait how many
	// milliseconds.
	bulkBytes = 48 << 10
	bulkWait  = 2
	// bulkReaders bounds how many sleep in system calls of their own, each in a thread.
	bulkReaders = 16
)

// watched is what the loop wants to know of a socket.
const watched = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET

// Bulk says that a long stream is being read. The goroutine that reads then sleeps in a
// system call of its own until there is much to read: every few kilobytes that arrive
// would wake the loop's thread, and that the reader's. It ends by itself when the stream
// pauses.
func (c *Conn) Bulk(on bool) {
	if on == c.bulk || !c.begin() {
		return
	}
	defer c.end()
	events, least := uint32(watched), 1
	if on {
		if c.loop.bulk.Add(1) > bulkReaders {
			c.loop.bulk.Add(-1)
			return
		}
		events, least = unix.EPOLLET, bulkBytes // an end or an error is told always
	}
	c.bulk = on
	_ = unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, least)
	event := unix.EpollEvent{Events: events, Fd: c.slot, Pad: c.generation}
	_ = unix.EpollCtl(c.loop.epoll, unix.EPOLL_CTL_MOD, c.fd, &event)
	if !on {
		c.loop.bulk.Add(-1)
		c.readable.Store(true)
	}
}

// waitForBulk waits until there is much to read, or for a while.
func (c *Conn) waitForBulk() {
	if !c.begin() {
		return
	}
	defer c.end()
	fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN | unix.POLLRDHUP}} //nolint:gosec // file descriptors are small
	n, err := unix.Poll(fds, bulkWait)
	if n > 0 && fds[0].Revents&(unix.POLLRDHUP|unix.POLLHUP|unix.POLLERR) != 0 {
		c.hungUp.Store(true)
	}
	c.paused = n == 0 && err == nil
	c.readable.Store(true)
}
