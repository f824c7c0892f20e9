package rabbitmq

import (
	"context"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// conn is a connection to the broker. One statement uses it at a time: the library's
// calls know no context, and the only way to end one is to cut the connection.
type conn struct {
	*amqp.Connection
	socket  net.Conn
	patient time.Duration // how long a blocked connection is kept
	blocked atomic.Pointer[string]
}

// idleConnections are kept for the next statements.
const idleConnections = 4

// connection takes an idle one, or makes one.
func (b *Backend) connection(ctx context.Context) (*conn, error) {
	for {
		b.mu.Lock()
		if b.closed {
			b.mu.Unlock()
			return nil, errClosed()
		}
		n := len(b.idle)
		if n == 0 {
			b.mu.Unlock()
			return b.dial(ctx)
		}
		c := b.idle[n-1]
		b.idle = b.idle[:n-1]
		b.mu.Unlock()
		if !c.IsClosed() {
			return c, nil
		}
	}
}

// release keeps a connection whose statement went well.
func (b *Backend) release(c *conn, sound bool) {
	b.mu.Lock()
	keep := sound && !b.closed && len(b.idle) < idleConnections && !c.IsClosed()
	if keep {
		b.idle = append(b.idle, c)
	}
	b.mu.Unlock()
	if !keep {
		c.end()
	}
}

// end closes a connection; one that does not answer is cut.
func (c *conn) end() {
	_ = c.CloseDeadline(time.Now().Add(2 * time.Second)) // what is unacknowledged returns either way
	c.abort()
}

// bound cuts a connection when a statement or the backend ends, until stop is called;
// that says whether it has not come to it.
func (b *Backend) bound(ctx context.Context, c *conn) (stop func() bool) {
	one, two := context.AfterFunc(ctx, c.abort), context.AfterFunc(b.life, c.abort)
	return func() bool {
		a, b := one(), two()
		return a && b
	}
}

// abort cuts a connection: every call on it ends.
func (c *conn) abort() { _ = c.socket.Close() }

// address resolves amqp_url.
func (b *Backend) address(ctx context.Context) (*url.URL, error) {
	text, err := b.config.AMQPURL.Resolve(ctx, b.env.Secrets)
	if err != nil {
		return nil, err
	}
	return parseURL("amqp_url", text)
}

// parseURL never repeats the text, which may hold a password.
func parseURL(name, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return nil, pgerr.New(pgerr.FdwUnableToEstablishConnection, "RabbitMQ: %s is not a URL with a host", name).
			WithHint("Characters like / and @ in a user name or password are written %%2F and %%40.")
	}
	return u, nil
}

// dial makes a connection.
func (b *Backend) dial(ctx context.Context) (*conn, error) {
	u, err := b.address(ctx)
	if err != nil {
		return nil, err
	}
	timeout := b.config.timeout()
	c := &conn{patient: timeout}
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(b.config.tag())
	settings := amqp.Config{Vhost: b.config.Vhost, Properties: properties}
	if u.Scheme == "amqps" {
		if settings.TLSClientConfig, err = b.config.TLS.config(ctx, b.env.Secrets, u.Hostname()); err != nil {
			return nil, err
		}
	}
	stop := func() bool { return true }
	settings.Dial = func(network, address string) (net.Conn, error) {
		socket, err := (&net.Dialer{Timeout: timeout}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c.socket = socket
		stop = context.AfterFunc(ctx, c.abort)
		return socket, socket.SetDeadline(time.Now().Add(timeout)) // the library lifts it once connected
	}
	c.Connection, err = amqp.DialConfig(u.String(), settings)
	ended := !stop()
	if err == nil && ended || err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		if c.socket != nil {
			c.abort()
		}
		return nil, connecting(err)
	}
	b.watchers.Go(func() { c.watch(c.NotifyBlocked(make(chan amqp.Blocking, 1))) })
	return c, nil
}

// watch hears that the broker takes no messages for now, for want of memory or disk. It
// stops reading the connection then, so that a write would hang; after a while the
// connection is cut. It ends with the connection.
func (c *conn) watch(news chan amqp.Blocking) {
	var cut *time.Timer
	for n := range news {
		if cut != nil {
			cut.Stop()
		}
		if n.Active {
			c.blocked.Store(&n.Reason)
			cut = time.AfterFunc(c.patient, c.abort)
		} else {
			c.blocked.Store(nil)
		}
	}
	if cut != nil {
		cut.Stop()
	}
}

// fault is errorOf, for what went wrong on this connection.
func (c *conn) fault(ctx context.Context, act string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if reason := c.blocked.Load(); reason != nil {
		return pgerr.New(pgerr.InsufficientResources, "RabbitMQ: %s: the broker takes no messages: %s", act, *reason).
			WithHint("The broker blocks who publishes until it has memory and disk again.")
	}
	return errorOf(act, err)
}

func (c *Config) timeout() time.Duration { return time.Duration(c.ConnectTimeoutS) * time.Second }

// tag names connections and consumers.
func (c *Config) tag() string {
	if c.ConsumerTag != "" {
		return c.ConsumerTag
	}
	return "sqlgateway"
}
