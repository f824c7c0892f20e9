package rabbitmq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// managedQueue is a queue as the management API tells of it.
type managedQueue struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	AutoDelete bool           `json:"auto_delete"`
	Arguments  map[string]any `json:"arguments"`
	// Policy is what all policies together set. It is missing until the broker has
	// gathered its statistics of the queue, and an empty list when they set nothing.
	Policy json.RawMessage `json:"effective_policy_definition"`
}

// A broker gathers statistics every five seconds, and shows them some time later.
const (
	gathered    = 15 * time.Second
	gatheredAsk = 250 * time.Millisecond
)

// quorumLimitSince is the first version whose quorum queues have a delivery limit when
// nobody sets one, and that limit. -1 is none there.
const (
	quorumLimitSince = 4
	quorumLimit      = 20
)

// managed asks the management API for a queue's facts.
func (b *Backend) managed(ctx context.Context, c *conn, q *queue) (facts, error) {
	u, err := b.address(ctx)
	if err != nil {
		return facts{}, err
	}
	found, err := b.managedQueue(ctx, b.vhostOf(u), q.queue)
	for until := time.Now().Add(gathered); err == nil && found.waits(q) && time.Now().Before(until); {
		select {
		case <-ctx.Done():
			return facts{}, ctx.Err()
		case <-time.After(gatheredAsk):
			found, err = b.managedQueue(ctx, b.vhostOf(u), q.queue)
		}
	}
	if err != nil {
		return facts{}, err
	}
	f := facts{kind: found.Type, keeps: !found.AutoDelete, sure: true}
	if f.kind == "" {
		f.kind = classic
	}
	if f.kind != quorum {
		return f, nil
	}
	f.sure = found.Policy != nil || q.options.NoDeliveryLimit
	policy := map[string]any{}
	_ = json.Unmarshal(found.Policy, &policy) // a list is empty
	f.limit = math.MaxInt64
	if major, _ := c.version(); major >= quorumLimitSince {
		f.limit = quorumLimit
		if n, ok := policy["delivery-limit"].(float64); ok && n < 0 {
			f.limit = math.MaxInt64
		}
		if n, ok := found.Arguments["x-delivery-limit"].(float64); ok && n < 0 {
			f.limit = math.MaxInt64
		}
	}
	for _, v := range []any{found.Arguments["x-delivery-limit"], policy["delivery-limit"]} {
		if n, ok := v.(float64); ok && n >= 0 {
			f.limit = min(f.limit, int64(n))
		}
	}
	f.limited = f.limit < math.MaxInt64
	return f, nil
}

// waits says that a limit may still come to light, and would matter.
func (m *managedQueue) waits(q *queue) bool {
	return m.Type == quorum && m.Policy == nil && m.Arguments["x-delivery-limit"] == nil && !q.options.NoDeliveryLimit
}

func (b *Backend) managedQueue(ctx context.Context, vhost, name string) (*managedQueue, error) {
	found := &managedQueue{}
	err := b.manage(ctx, "/api/queues/"+url.PathEscape(vhost)+"/"+url.PathEscape(name)+
		"?columns=name,type,auto_delete,arguments,effective_policy_definition", found)
	if pgerr.Code(err) == pgerr.UndefinedTable {
		return nil, errNoQueue(name)
	}
	return found, err
}

// list names the queues of the vhost.
func (b *Backend) list(ctx context.Context) ([]string, error) {
	u, err := b.address(ctx)
	if err != nil {
		return nil, err
	}
	var found []managedQueue
	if err := b.manage(ctx, "/api/queues/"+url.PathEscape(b.vhostOf(u))+"?columns=name", &found); err != nil {
		return nil, err
	}
	names := make([]string, len(found))
	for i := range found {
		names[i] = found[i].Name
	}
	return names, nil
}

func (b *Backend) vhostOf(u *url.URL) string {
	if b.config.Vhost != "" {
		return b.config.Vhost
	}
	return vhost(u)
}

// mostAnswer bounds an answer of the management API.
const mostAnswer = 64 << 20

// manage asks the management API.
func (b *Backend) manage(ctx context.Context, path string, answer any) error {
	text, err := b.config.ManagementURL.Resolve(ctx, b.env.Secrets)
	if err != nil {
		return err
	}
	base, err := parseURL("management_url", text)
	if err != nil {
		return err
	}
	user := base.User
	if user == nil {
		u, err := b.address(ctx)
		if err != nil {
			return err
		}
		user = u.User
	}
	base.User = nil
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base.String(), "/")+path, nil)
	if err != nil {
		return pgerr.New(pgerr.FdwUnableToEstablishConnection, "RabbitMQ: management_url is no URL to ask")
	}
	if user != nil {
		password, _ := user.Password()
		request.SetBasicAuth(user.Username(), password)
	}
	client, err := b.web(ctx, base.Hostname())
	if err != nil {
		return err
	}
	return asked(ctx, client, request, answer)
}

func asked(ctx context.Context, client *http.Client, request *http.Request, answer any) error {
	const act = "asking the management API"
	response, err := client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return connecting(fmt.Errorf("%s: %w", act, err))
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return pgerr.New(pgerr.UndefinedTable, "RabbitMQ: %s: not found", act)
	case http.StatusUnauthorized, http.StatusForbidden:
		return pgerr.New(pgerr.InsufficientPrivilege, "RabbitMQ: %s: %s", act, response.Status).
			WithHint("The user needs the tag management.")
	default:
		return pgerr.New(pgerr.FdwError, "RabbitMQ: %s: %s", act, response.Status)
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, mostAnswer)).Decode(answer); err != nil {
		return pgerr.New(pgerr.FdwError, "RabbitMQ: %s: the answer is not what it should be: %v", act, err)
	}
	return nil
}

// web is the client of the management API.
func (b *Backend) web(ctx context.Context, host string) (*http.Client, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, errClosed()
	}
	if b.http != nil {
		return b.http, nil
	}
	config, err := b.config.TLS.config(ctx, b.env.Secrets, host)
	if err != nil {
		return nil, err
	}
	b.http = &http.Client{Timeout: b.config.timeout(), Transport: &http.Transport{TLSClientConfig: config, Proxy: http.ProxyFromEnvironment}}
	return b.http, nil
}
