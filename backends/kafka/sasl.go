package kafka

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/aws"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// mechanism is the SASL mechanism; nil for none. Secrets are resolved for each session,
// so that ones that change are read again.
func (a *Auth) mechanism(_ context.Context, secrets backends.Resolver) (sasl.Mechanism, error) {
	switch {
	case a.SASLPlain != nil:
		return plain.Plain(func(ctx context.Context) (plain.Auth, error) {
			password, err := a.SASLPlain.Password.Resolve(ctx, secrets)
			return plain.Auth{User: a.SASLPlain.Username, Pass: password}, err
		}), nil
	case a.SASLScram != nil:
		get := func(ctx context.Context) (scram.Auth, error) {
			password, err := a.SASLScram.Password.Resolve(ctx, secrets)
			return scram.Auth{User: a.SASLScram.Username, Pass: password}, err
		}
		if scramMechanism(a.SASLScram.Mechanism) == 512 {
			return scram.Sha512(get), nil
		}
		return scram.Sha256(get), nil
	case a.OAuthBearer != nil:
		return oauth.Oauth(func(ctx context.Context) (oauth.Auth, error) {
			token, err := a.OAuthBearer.token(ctx, secrets)
			return oauth.Auth{Token: token}, err
		}), nil
	case a.MSKIAM != nil:
		return aws.ManagedStreamingIAM(func(ctx context.Context) (aws.Auth, error) { return a.MSKIAM.keys(ctx, secrets) }), nil
	}
	return nil, nil
}

// token is the one that is given, or a new one.
func (o *OAuthBearer) token(ctx context.Context, secrets backends.Resolver) (string, error) {
	if !o.Token.IsZero() {
		return o.Token.Resolve(ctx, secrets)
	}
	secret, err := o.ClientSecret.Resolve(ctx, secrets)
	if err != nil {
		return "", err
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if o.Scope != "" {
		form.Set("scope", o.Scope)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", errToken("the token_url is no URL")
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(url.QueryEscape(o.ClientID), url.QueryEscape(secret))
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return "", errToken(backends.ConnectReason(err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return "", errToken(backends.ConnectReason(err))
	}
	var found struct {
		AccessToken string `json:"access_token"`
	}
	if answer.StatusCode != http.StatusOK || json.Unmarshal(body, &found) != nil || found.AccessToken == "" {
		return "", errToken("it answers " + answer.Status)
	}
	return found.AccessToken, nil
}

func errToken(reason string) error {
	return pgerr.New(pgerr.InvalidAuthorization, "Kafka: getting a token from auth.oauthbearer.token_url: %s", reason)
}

// keys are those of the config, or what AWS's own search finds.
func (m *MSKIAM) keys(ctx context.Context, secrets backends.Resolver) (aws.Auth, error) {
	if m.AccessKeyID != "" {
		secret, err := m.SecretAccessKey.Resolve(ctx, secrets)
		if err != nil {
			return aws.Auth{}, err
		}
		session, err := m.SessionToken.Resolve(ctx, secrets)
		return aws.Auth{AccessKey: m.AccessKeyID, SecretKey: secret, SessionToken: session}, err
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(m.Region))
	if err != nil {
		return aws.Auth{}, err
	}
	found, err := config.Credentials.Retrieve(ctx)
	if err != nil {
		return aws.Auth{}, pgerr.New(pgerr.InvalidAuthorization, "Kafka: no credentials of AWS were found")
	}
	return aws.Auth{AccessKey: found.AccessKeyID, SecretKey: found.SecretAccessKey, SessionToken: found.SessionToken}, nil
}
