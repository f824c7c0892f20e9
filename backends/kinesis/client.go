package kinesis

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// connect gives the client that all statements share. It makes no connection itself,
// but may read the files of AWS's tools.
func (b *Backend) connect(ctx context.Context) (*kinesis.Client, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.life.Err() != nil {
		return nil, errClosed()
	}
	if b.client != nil {
		return b.client, nil
	}
	settings, err := b.settings(ctx)
	if err != nil {
		return nil, err
	}
	b.client = kinesis.NewFromConfig(settings, func(o *kinesis.Options) {
		o.Retryer = newRetryer()
		if b.config.Endpoint != "" {
			o.BaseEndpoint = aws.String(b.config.Endpoint)
		}
	})
	return b.client, nil
}

// forget drops the client, so that the next statement looks for credentials anew.
func (b *Backend) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.client = nil
}

func (b *Backend) settings(ctx context.Context) (aws.Config, error) {
	c := &b.config
	if c.StaticCredentials == nil {
		settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(c.Region), config.WithHTTPClient(b.http))
		if err != nil {
			return settings, pgerr.New(pgerr.FdwUnableToEstablishConnection, "Kinesis: reading AWS's configuration: %v", err)
		}
		return settings, b.wantRegion(&settings)
	}
	secret, err := c.StaticCredentials.SecretAccessKey.Resolve(ctx, b.env.Secrets)
	if err != nil {
		return aws.Config{}, err
	}
	token, err := c.StaticCredentials.SessionToken.Resolve(ctx, b.env.Secrets)
	if err != nil {
		return aws.Config{}, err
	}
	settings := aws.Config{
		Region: c.Region, HTTPClient: b.http,
		Credentials: credentials.NewStaticCredentialsProvider(c.StaticCredentials.AccessKeyID, secret, token),
	}
	return settings, b.wantRegion(&settings)
}

// wantRegion makes sure that requests can be signed. Emulators take any region.
func (b *Backend) wantRegion(settings *aws.Config) error {
	switch {
	case settings.Region != "":
		return nil
	case b.config.Endpoint != "":
		settings.Region = "us-east-1"
		return nil
	}
	return pgerr.New(pgerr.FdwUnableToEstablishConnection, "Kinesis: no region is known").WithHint("Set region in the server's configuration.")
}

// newHTTP makes the connections of one backend. An answer that does not begin in time is
// asked for again.
func newHTTP(connectTimeout time.Duration) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: connectTimeout}).DialContext,
		// A call a shard at a time, of several statements.
		MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: connectTimeout, ResponseHeaderTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
	}}
}

// How often a call is made: throttling is waited out for about half a minute, as shards
// allow five reads a second to all who read; faults of the service and the network for
// about a second.
const (
	throttledAttempts = 20
	faultyAttempts    = 5
	firstDelay        = 60 * time.Millisecond
	longestDelay      = 2 * time.Second
)

// retryer is the library's, with patience of our own.
type retryer struct{ *retry.Standard }

func newRetryer() retryer {
	return retryer{retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = throttledAttempts
		o.RateLimiter = ratelimit.None // it would count the statements against each other
	})}
}

// RetryDelay implements aws.Retryer.
func (r retryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	if attempt >= faultyAttempts && !isThrottling(err) {
		return 0, err
	}
	return delay(attempt), nil
}

// delay grows with each attempt, and differs so that those who failed together do not
// come back together.
func delay(attempt int) time.Duration {
	d := longestDelay
	if attempt < 6 {
		d = min(firstDelay<<attempt, longestDelay)
	}
	return d/2 + rand.N(d/2)
}

func isThrottling(err error) bool {
	code := codeOf(err)
	_, ok := retry.DefaultThrottleErrorCodes[code]
	return ok || code == "KMSThrottlingException"
}

// pause waits, or gives ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// codeOf is the service's name of an error, "" when it comes from elsewhere.
func codeOf(err error) string {
	var named interface{ ErrorCode() string }
	if errors.As(err, &named) {
		return named.ErrorCode()
	}
	return ""
}
