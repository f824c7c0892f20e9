//go:build !unix

package wire

import "net"

// socketClosed can not be told here without reading; the next write will tell.
func socketClosed(net.Conn) bool { return false }
