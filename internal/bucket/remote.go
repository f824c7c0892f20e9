package bucket

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cloud.google.com/go/storage"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/googleapis/gax-go/v2"
	"gocloud.dev/blob"
	"gocloud.dev/blob/azureblob"
	"gocloud.dev/blob/gcsblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcp"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"
)

// attempts is how often one request is sent; the pauses between grow from firstPause to
// at most longestPause, so that a throttled store has some ten seconds to recover.
const (
	attempts     = 7
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	tune(t)
	return t
}

func tune(t *http.Transport) {
	t.MaxIdleConnsPerHost = 64 // readers of parts ask side by side
	t.ResponseHeaderTimeout = time.Minute
}

func (s *Store) openS3(ctx context.Context, l *S3) (*blob.Bucket, error) {
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(tune)),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.MaxBackoff = attempts, longestPause
				o.Backoff = retry.NewExponentialJitterBackoff(longestPause)
			})
		}),
	}
	if l.Region != "" {
		options = append(options, config.WithRegion(l.Region))
	}
	key, err := s.secret(ctx, l.AccessKey)
	if err != nil {
		return nil, err
	}
	secret, err := s.secret(ctx, l.SecretKey)
	if err != nil {
		return nil, err
	}
	token, err := s.secret(ctx, l.SessionToken)
	if err != nil {
		return nil, err
	}
	switch {
	case l.Anonymous:
		options = append(options, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	case key != "":
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(key, secret, token)))
	}
	settings, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	if settings.Region == "" {
		settings.Region = "us-east-1"
	}
	if built, ok := settings.HTTPClient.(*awshttp.BuildableClient); ok {
		// The one that the SDK made, with the environment's certificates, can then be closed.
		s.transport = built.GetTransport()
		settings.HTTPClient = &http.Client{Transport: s.transport}
	}
	client := s3.NewFromConfig(settings, func(o *s3.Options) {
		if l.Endpoint != "" {
			o.BaseEndpoint = aws.String(l.Endpoint)
			o.UsePathStyle = true // few servers but Amazon's have a name for each bucket
			// And few know the checksums that the SDK sends unasked.
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		}
		if l.PathStyle != nil {
			o.UsePathStyle = *l.PathStyle
		}
	})
	return s3blob.OpenBucket(ctx, client, l.Bucket, nil)
}

func (s *Store) openGCS(ctx context.Context, l *GCS) (*blob.Bucket, error) {
	client := gcp.NewAnonymousHTTPClient(s.transport)
	if !l.Anonymous {
		key, err := s.googleKey(ctx, l)
		if err != nil {
			return nil, err
		}
		// The client outlives the statement that opens it.
		background := context.WithoutCancel(ctx)
		var found *google.Credentials
		if key == nil {
			found, err = google.FindDefaultCredentials(background, storage.ScopeReadWrite)
		} else {
			found, err = google.CredentialsFromJSONWithType(background, key, google.ServiceAccount, storage.ScopeReadWrite)
		}
		if err != nil {
			return nil, err
		}
		if client, err = gcp.NewHTTPClient(s.transport, gcp.CredentialsTokenSource(found)); err != nil {
			return nil, err
		}
	}
	options := []option.ClientOption{option.WithHTTPClient(&client.Client), storage.WithJSONReads()}
	if l.Endpoint != "" {
		endpoint, err := url.JoinPath(l.Endpoint, "storage/v1/")
		if err != nil {
			return nil, err
		}
		options = append(options, option.WithEndpoint(endpoint))
	}
	service, err := storage.NewClient(context.WithoutCancel(ctx), options...)
	if err != nil {
		return nil, err
	}
	service.SetRetry(storage.WithMaxAttempts(attempts), storage.WithBackoff(gax.Backoff{Initial: firstPause, Max: longestPause, Multiplier: 2}))
	return gcsblob.OpenBucket(ctx, nil, l.Bucket, &gcsblob.Options{Client: service})
}

// googleKey is the service account's key; nil for the environment's.
func (s *Store) googleKey(ctx context.Context, l *GCS) ([]byte, error) {
	if l.CredentialsFile == "" {
		text, err := s.secret(ctx, l.Credentials)
		if err != nil || text == "" {
			return nil, err
		}
		return []byte(text), nil
	}
	name := l.CredentialsFile
	if !filepath.IsAbs(name) {
		name = filepath.Join(s.env.Folder, name)
	}
	key, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading credentials_file: %w", err)
	}
	return key, nil
}

func (s *Store) openAzure(ctx context.Context, l *Azure) (*blob.Bucket, error) {
	service := l.Endpoint
	if service == "" {
		service = "https://" + l.Account + ".blob.core.windows.net"
	}
	address, err := url.JoinPath(service, l.Container)
	if err != nil {
		return nil, err
	}
	options := &container.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: &http.Client{Transport: s.transport},
		Retry:     policy.RetryOptions{MaxRetries: attempts - 1, RetryDelay: firstPause, MaxRetryDelay: longestPause},
	}}
	client, err := s.azureClient(ctx, l, address, options)
	if err != nil {
		return nil, err
	}
	return azureblob.OpenBucket(ctx, client, nil)
}

func (s *Store) azureClient(ctx context.Context, l *Azure, address string, options *container.ClientOptions) (*container.Client, error) {
	key, err := s.secret(ctx, l.AccountKey)
	if err != nil {
		return nil, err
	}
	token, err := s.secret(ctx, l.SASToken)
	if err != nil {
		return nil, err
	}
	switch {
	case key != "":
		shared, err := azblob.NewSharedKeyCredential(l.Account, key)
		if err != nil {
			return nil, fmt.Errorf("account_key is not base64")
		}
		return container.NewClientWithSharedKeyCredential(address, shared, options)
	case token != "":
		return container.NewClientWithNoCredential(address+"?"+strings.TrimPrefix(token, "?"), options)
	case l.Anonymous:
		return container.NewClientWithNoCredential(address, options)
	}
	chain, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: options.ClientOptions})
	if err != nil {
		return nil, err
	}
	return container.NewClient(address, chain, options)
}
