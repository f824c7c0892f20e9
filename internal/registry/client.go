package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// Settings are what a Client connects with.
type Settings struct {
	URLs           []string // tried in turn
	User, Password string   // basic authentication; "" for none
	TLS            *tls.Config
	Timeout        time.Duration // of one request; 0 is 10 seconds
}

// Type is the language of a schema.
type Type string

// The languages.
const (
	Avro     Type = "AVRO"
	Protobuf Type = "PROTOBUF"
	JSON     Type = "JSON"
)

// Schema is a schema with all that it refers to.
type Schema struct {
	ID   int
	Type Type
	Text string
	// References come before those that refer to them.
	References []Reference
}

// Reference is a schema that others name: Avro by full name, Protobuf by file.
type Reference struct{ Name, Text string }

// Client asks a registry. It connects at its first question, and remembers the answers
// that can not change. It is safe for concurrent use.
type Client struct {
	settings func(context.Context) (Settings, error)

	mu      sync.Mutex
	client  *sr.Client
	http    *http.Client
	address string
	known   map[int]*Schema
}

// New makes a client that asks for its settings when it first connects.
func New(settings func(context.Context) (Settings, error)) *Client {
	return &Client{settings: settings, known: map[int]*Schema{}}
}

// Close drops the idle connections.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.http != nil {
		c.http.CloseIdleConnections()
	}
}

func (c *Client) connect(ctx context.Context) (*sr.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		return c.client, nil
	}
	s, err := c.settings(ctx)
	if err != nil {
		return nil, err
	}
	if s.Timeout == 0 {
		s.Timeout = 10 * time.Second
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = s.TLS
	c.http = &http.Client{Transport: transport, Timeout: s.Timeout}
	options := []sr.ClientOpt{sr.URLs(s.URLs...), sr.HTTPClient(c.http), sr.UserAgent("sqlgateway")}
	if s.User != "" {
		options = append(options, sr.BasicAuth(s.User, s.Password))
	}
	if c.client, err = sr.NewClient(options...); err != nil {
		return nil, pgerr.New(pgerr.FdwUnableToEstablishConnection, "schema registry: %v", err)
	}
	c.address = Address(s.URLs)
	return c.client, nil
}

// Address is where registries are, for people: no user information.
func Address(urls []string) string {
	out := make([]string, len(urls))
	for i, text := range urls {
		if u, err := url.Parse(text); err == nil {
			u.User, u.RawQuery = nil, ""
			out[i] = u.String()
		}
	}
	return strings.Join(out, ",")
}

// ByID gives the schema that messages name.
func (c *Client) ByID(ctx context.Context, id int) (*Schema, error) {
	c.mu.Lock()
	known := c.known[id]
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	client, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("schema %d", id)
	var found sr.Schema
	if err := c.try(ctx, what, func() (err error) { found, err = client.SchemaByID(ctx, id); return err }); err != nil {
		return nil, err
	}
	s, err := c.whole(ctx, client, id, found)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.known[id] = s
	c.mu.Unlock()
	return s, nil
}

// Latest gives a subject's newest schema; nil when there is no such subject.
func (c *Client) Latest(ctx context.Context, subject string) (*Schema, error) {
	client, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	var found sr.SubjectSchema
	err = c.try(ctx, fmt.Sprintf("subject %q", subject), func() (err error) {
		found, err = client.SchemaByVersion(ctx, subject, -1)
		return err
	})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return c.whole(ctx, client, found.ID, found.Schema)
}

// Ping asks the registry anything at all.
func (c *Client) Ping(ctx context.Context) error {
	client, err := c.connect(ctx)
	if err != nil {
		return err
	}
	err = c.try(ctx, "types of schemas", func() error { _, err := client.SupportedTypes(ctx); return err })
	if isNotFound(err) { // it answers, and is older than the question
		return nil
	}
	return err
}

// Register makes a schema known under a subject and gives its number; one that is
// known already keeps its own.
func (c *Client) Register(ctx context.Context, subject string, t Type, text string) (int, error) {
	client, err := c.connect(ctx)
	if err != nil {
		return 0, err
	}
	schema := sr.Schema{Schema: text}
	switch t {
	case Protobuf:
		schema.Type = sr.TypeProtobuf
	case JSON:
		schema.Type = sr.TypeJSON
	}
	var made sr.SubjectSchema
	err = c.try(ctx, fmt.Sprintf("subject %q", subject), func() (err error) {
		made, err = client.CreateSchema(ctx, subject, schema)
		return err
	})
	return made.ID, err
}

// mostReferences bounds what one schema may pull in.
const mostReferences = 1000

// whole resolves a schema's references, each once, depth first.
func (c *Client) whole(ctx context.Context, client *sr.Client, id int, found sr.Schema) (*Schema, error) {
	s := &Schema{ID: id, Type: typeOf(found.Type), Text: found.Schema}
	seen := map[string]bool{}
	var follow func(list []sr.SchemaReference) error
	follow = func(list []sr.SchemaReference) error {
		for _, r := range list {
			if seen[r.Name] {
				continue
			}
			if seen[r.Name] = true; len(seen) > mostReferences {
				return pgerr.New(pgerr.ProgramLimitExceeded, "schema %d refers to more than %d others", id, mostReferences)
			}
			var inner sr.SubjectSchema
			what := fmt.Sprintf("version %d of subject %q, to which schema %d refers", r.Version, r.Subject, id)
			err := c.try(ctx, what, func() (err error) {
				inner, err = client.SchemaByVersion(ctx, r.Subject, r.Version)
				return err
			})
			if err != nil {
				return err
			}
			if err := follow(inner.References); err != nil {
				return err
			}
			s.References = append(s.References, Reference{Name: r.Name, Text: inner.Schema.Schema})
		}
		return nil
	}
	return s, follow(found.References)
}

func typeOf(t sr.SchemaType) Type {
	switch t {
	case sr.TypeProtobuf:
		return Protobuf
	case sr.TypeJSON:
		return JSON
	default:
		return Avro
	}
}

// tries is how often a registry is asked that answers with an error of its own.
const tries = 4

// try asks, again after a pause when the registry is at fault or away, and says what
// it was asked for.
func (c *Client) try(ctx context.Context, what string, ask func() error) error {
	var err error
	pause := 50 * time.Millisecond
	for attempt := 1; ; attempt++ {
		if err = ask(); err == nil || !passing(err) || attempt == tries {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			pause *= 3
		}
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return c.fault(what, err)
}

func (c *Client) fault(what string, err error) error {
	var answer *sr.ResponseError
	if !errors.As(err, &answer) {
		var network *url.Error
		if errors.As(err, &network) {
			err = network.Err // without the URL, which may hold a password
		}
		return pgerr.New(pgerr.FdwUnableToEstablishConnection, "schema registry %s: asking for %s: %v", c.address, what, err)
	}
	switch {
	case sr.IsNotFoundError(answer.ErrorCode) || answer.StatusCode == http.StatusNotFound:
		return &notFound{pgerr.New(pgerr.FdwError, "schema registry %s has no %s", c.address, what)}
	case answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden:
		return pgerr.New(pgerr.InvalidAuthorization, "schema registry %s refuses: status %d", c.address, answer.StatusCode).
			WithHint("See schema_registry_basic_auth.")
	default:
		return pgerr.New(pgerr.FdwUnableToEstablishConnection, "schema registry %s: asking for %s: status %d, code %d: %s",
			c.address, what, answer.StatusCode, answer.ErrorCode, answer.Message)
	}
}

// passing says whether asking again may help.
func passing(err error) bool {
	var answer *sr.ResponseError
	if !errors.As(err, &answer) {
		return true
	}
	return answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests
}

type notFound struct{ cause *pgerr.Error }

func (e *notFound) Error() string { return e.cause.Error() }
func (e *notFound) Unwrap() error { return e.cause }

func isNotFound(err error) bool {
	var e *notFound
	return errors.As(err, &e)
}
