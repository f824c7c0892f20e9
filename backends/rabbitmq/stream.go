package rabbitmq

import (
	"context"
	"log/slog"
	"math"
	"net/url"
	"strconv"
	"sync"
	"time"

	streamamqp "github.com/rabbitmq/rabbitmq-stream-go-client/pkg/amqp"
	"github.com/rabbitmq/rabbitmq-stream-go-client/pkg/logs"
	"github.com/rabbitmq/rabbitmq-stream-go-client/pkg/stream"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// span is a part of a stream, ends included: offsets, and times in microseconds.
type span struct {
	first, last         int64
	firstTime, lastTime int64
}

// streaming reads a stream from where its span begins to the last offset that there was
// at the start.
type streaming struct {
	name        string
	environment *stream.Environment
	consumer    *stream.Consumer
	ended       stream.ChannelClose // says that the consumer ended by itself
	last        int64
	until       int64 // a message later than this ends it

	chunks  chan []message
	quit    chan struct{}
	once    sync.Once
	closing *sync.WaitGroup // what goes on after close
	done    bool

	timed bool // it begins at a time, from which on there may be nothing
	idle  time.Duration
}

// longestCall bounds a call to the broker; giving up a read waits for two at most.
const longestCall = 10 * time.Second

// silence is how long a broker may take to give a message that it has.
const silence = 30 * time.Second

// The version that tells a stream's ends on request.
const statsMajor, statsMinor = 3, 11

// startStream connects and finds the last offset. The library's calls know no context;
// one that is given up ends by itself.
func (b *Backend) startStream(ctx context.Context, c *conn, q *queue, s span) (*streaming, error) {
	options, err := b.streamOptions(ctx)
	if err != nil {
		return nil, err
	}
	major, minor := c.version()
	stats := major > statsMajor || major == statsMajor && minor >= statsMinor
	type result struct {
		s   *streaming
		err error
	}
	answer := make(chan result, 1)
	go func() {
		opened, err := b.openStream(ctx, options, q, s, stats)
		answer <- result{opened, err}
	}()
	select {
	case r := <-answer:
		if r.err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return r.s, r.err
	case <-ctx.Done():
		b.watchers.Go(func() {
			if r := <-answer; r.s != nil {
				r.s.close()
			}
		})
		return nil, ctx.Err()
	}
}

// silent hears the library's log, which goes to the standard error otherwise: what
// matters comes as errors too.
var silent = sync.OnceFunc(func() { logs.SetLogger(discard{slog.New(slog.DiscardHandler)}) })

type discard struct{ *slog.Logger }

// streamOptions are the settings of the library's connections.
func (b *Backend) streamOptions(ctx context.Context) (*stream.EnvironmentOptions, error) {
	silent()
	u, err := b.address(ctx)
	if err != nil {
		return nil, err
	}
	secure := u.Scheme == "amqps"
	host, port, user, where := u.Hostname(), b.config.StreamPort, u.User, b.vhostOf(u)
	if !b.config.StreamURL.IsZero() {
		text, err := b.config.StreamURL.Resolve(ctx, b.env.Secrets)
		if err != nil {
			return nil, err
		}
		own, err := parseURL("stream_url", text)
		if err != nil {
			return nil, err
		}
		secure = own.Scheme == "rabbitmq-stream+tls"
		host = own.Hostname()
		port, _ = strconv.Atoi(own.Port())
		if own.User != nil {
			user = own.User
		}
		if own.Path != "" && b.config.Vhost == "" {
			where = vhost(own)
		}
	}
	if port == 0 {
		port = 5552
		if secure {
			port = 5551
		}
	}
	options := stream.NewEnvironmentOptions().SetHost(host).SetPort(port).SetRPCTimeout(min(b.config.timeout(), longestCall)).
		SetVHost(url.PathEscape(url.QueryEscape(where))) // the library decodes it twice
	// The library asks for 8 kB of buffers, a window so small that a read of the loopback
	// crawls at 700 messages a second; 0 leaves it to the kernel.
	options.SetReadBuffer(0).SetWriteBuffer(0)
	if user != nil {
		password, _ := user.Password()
		options.SetUser(url.PathEscape(user.Username())).SetPassword(url.PathEscape(password))
	}
	if !b.config.StreamFollowAdvertised {
		options.SetAddressResolver(stream.AddressResolver{Host: host, Port: port})
	}
	if secure {
		config, err := b.config.TLS.config(ctx, b.env.Secrets, host)
		if err != nil {
			return nil, err
		}
		options.IsTLS(true).SetTLSConfig(config)
	}
	return options, nil
}

func (b *Backend) openStream(ctx context.Context, options *stream.EnvironmentOptions, q *queue, s span, stats bool) (*streaming, error) {
	environment, err := stream.NewEnvironment(options)
	if err != nil {
		if environment != nil {
			_ = environment.Close()
		}
		return nil, connecting(err)
	}
	r := &streaming{name: q.queue, environment: environment, until: s.lastTime, chunks: make(chan []message, 4), quit: make(chan struct{}), closing: &b.watchers}
	if err = r.open(ctx, b, q, s, stats); err != nil {
		r.close()
		return nil, errorOf("reading stream "+q.queue, err)
	}
	return r, nil
}

func (r *streaming) open(ctx context.Context, b *Backend, q *queue, s span, stats bool) error {
	idle := time.Duration(b.config.BatchConfig.IdleMS) * time.Millisecond
	last, err := r.lastOffset(ctx, stats, idle)
	if err != nil {
		return err
	}
	from, err := parseStart(q.options.Start)
	if err != nil {
		return err
	}
	switch {
	case s.first > 0 && (from.first || from.offset >= 0 && from.offset < s.first):
		from = atOffset(s.first)
	case s.firstTime > math.MinInt64 && from.first:
		from = atTime(s.firstTime)
	}
	r.last = min(last, s.last)
	if r.last < 0 || s.first > r.last || from.offset > r.last || s.firstTime > s.lastTime {
		r.done = true
		return nil
	}
	if r.timed = from.timed; r.timed {
		r.idle = idle
	}
	return r.subscribe(b.config.tag(), from.OffsetSpecification)
}

// lastOffset finds the offset of the last message, -1 when there is none. Older brokers
// do not tell; the last chunk of messages does, and nothing comes where there is none.
func (r *streaming) lastOffset(ctx context.Context, stats bool, idle time.Duration) (int64, error) {
	if stats {
		found, err := r.environment.StreamStats(r.name)
		if err != nil {
			return -1, err
		}
		if _, err := found.CommittedChunkId(); err != nil {
			return -1, nil
		}
		idle = silence
	}
	type seen struct {
		offset int64
		whole  bool // the chunk's last, as far as its entries are messages
	}
	offsets := make(chan seen, 1)
	quit := make(chan struct{})
	n := uint16(0)
	consumer, err := r.environment.NewConsumer(r.name, func(c stream.ConsumerContext, _ *streamamqp.Message) {
		n++
		select {
		case offsets <- seen{c.Consumer.GetOffset(), n == c.GetEntriesCount()}:
		case <-quit:
		}
	}, stream.NewConsumerOptions().SetOffset(stream.OffsetSpecification{}.Last()).SetInitialCredits(1).SetCreditStrategy(stream.ManualCreditStrategy))
	if err != nil {
		return -1, err
	}
	// Its connection ends with it, and must have ended before the next consumer begins,
	// which would be put on it.
	defer func() {
		close(quit)
		_ = consumer.Close()
	}()
	ended := consumer.NotifyClose()
	last := int64(-1)
	for wait := idle; ; wait = idle / 4 { // an entry can be several messages: the chunk ends when no more comes
		select {
		case s := <-offsets:
			if last = s.offset; s.whole {
				return last, nil
			}
		case e := <-ended:
			return -1, lost(e)
		case <-time.After(wait):
			return last, nil
		case <-ctx.Done():
			return -1, ctx.Err()
		}
	}
}

// lost says why a consumer ended.
func lost(e stream.Event) error {
	if e.Reason == stream.MetaDataUpdate {
		return pgerr.New(pgerr.UndefinedTable, "stream \"%s\" was deleted, or moved to another node, while it was being read", e.StreamName)
	}
	return pgerr.New(pgerr.ConnectionFailure, "RabbitMQ: reading stream %s: the connection was closed", e.StreamName)
}

// chunkMessages are handed over at once.
const chunkMessages = 512

// subscribe begins to read.
func (r *streaming) subscribe(name string, from stream.OffsetSpecification) error {
	var chunk []message
	entries := uint16(0)
	handle := func(c stream.ConsumerContext, m *streamamqp.Message) {
		offset := c.Consumer.GetOffset()
		if chunk == nil {
			chunk = make([]message, 0, min(int(c.GetEntriesCount()), chunkMessages))
		}
		chunk = append(chunk, ofStream(m, offset))
		if entries++; len(chunk) < chunkMessages && entries < c.GetEntriesCount() && offset < r.last {
			return
		}
		if entries >= c.GetEntriesCount() {
			entries = 0
		}
		select {
		case r.chunks <- chunk:
		case <-r.quit:
		}
		chunk = nil
	}
	var err error
	r.consumer, err = r.environment.NewConsumer(r.name, handle, stream.NewConsumerOptions().SetOffset(from).SetClientProvidedName(name))
	if err == nil {
		r.ended = r.consumer.NotifyClose()
	}
	return err
}

// next gives the next messages, none at the end.
func (r *streaming) next(ctx context.Context) ([]message, error) {
	if r.done {
		return nil, nil
	}
	patience := silence
	if r.timed {
		patience = r.idle
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case chunk := <-r.chunks:
		r.timed = false
		return r.within(chunk), nil
	case e := <-r.ended:
		return nil, lost(e)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		if r.timed {
			return nil, nil
		}
		return nil, pgerr.New(pgerr.ConnectionFailure, "RabbitMQ: reading stream %s: the broker gave nothing for %s", r.name, silence)
	}
}

// within cuts a chunk at the end of what is read.
func (r *streaming) within(chunk []message) []message {
	for i := range chunk {
		if chunk[i].offset > r.last || !chunk[i].at.IsZero() && chunk[i].at.UnixMicro() > r.until {
			r.done = true
			return chunk[:i]
		}
	}
	if chunk[len(chunk)-1].offset >= r.last {
		r.done = true
	}
	return chunk
}

// close ends the reading, without waiting for the broker's answer.
func (r *streaming) close() {
	r.once.Do(func() {
		close(r.quit)
		r.closing.Go(func() {
			if r.consumer != nil {
				_ = r.consumer.Close()
			}
			_ = r.environment.Close()
		})
	})
}
