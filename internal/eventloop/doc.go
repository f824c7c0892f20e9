// Package eventloop watches sockets with one goroutine that sleeps in the kernel, and
// calls whoever has armed a socket when something happens to it: request and answer of
// a short statement then cost no switch between goroutines. The same sockets serve as
// net.Conn for goroutines that wait.
//
// It knows no protocol. It is for Linux (epoll); elsewhere New says that it is
// unsupported, and connections stay with Go's own poller.
//
// A socket is taken from Go's poller before it comes here: watched by both, each event
// would wake two threads.
package eventloop
