package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/registry"
)

// clientOptions are what every client of the cluster is made with.
func (c *Config) clientOptions(ctx context.Context, secrets backends.Resolver) ([]kgo.Opt, error) {
	timeout := time.Duration(c.ConnectTimeoutS) * time.Second
	options := []kgo.Opt{
		kgo.SeedBrokers(c.servers()...),
		kgo.DialTimeout(timeout),
		kgo.RetryTimeout(timeout),
		kgo.RequestTimeoutOverhead(timeout),
		kgo.RetryBackoffFn(backOff),
		kgo.MetadataMinAge(250 * time.Millisecond),
		kgo.DisableClientMetrics(), // their push would go on after the statement
	}
	if c.ClientID != "" {
		options = append(options, kgo.ClientID(c.ClientID))
	}
	encryption := c.TLS
	if c.Auth.TLS != nil {
		encryption = c.Auth.TLS
	}
	if encryption != nil {
		config, err := encryption.config(ctx, secrets)
		if err != nil {
			return nil, err
		}
		dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: timeout}, Config: config}
		options = append(options, kgo.Dialer(dialer.DialContext))
	}
	mechanism, err := c.Auth.mechanism(ctx, secrets)
	if err != nil {
		return nil, err
	}
	if mechanism != nil {
		options = append(options, kgo.SASL(mechanism))
	}
	return options, nil
}

// backOff is how long to wait before a request is tried again.
func backOff(failures int) time.Duration {
	return min(50*time.Millisecond<<min(failures, 6), 2*time.Second)
}

// config resolves the PEM texts.
func (t *TLS) config(ctx context.Context, secrets backends.Resolver) (*tls.Config, error) {
	config := &tls.Config{ServerName: t.ServerName, InsecureSkipVerify: t.InsecureSkipVerify, MinVersion: tls.VersionTLS12} //nolint:gosec // asked for by name
	if !t.CA.IsZero() {
		text, err := t.CA.Resolve(ctx, secrets)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(text)) {
			return nil, errTLS("ca holds no certificate in PEM")
		}
	}
	if t.Cert.IsZero() {
		return config, nil
	}
	certificate, err := t.Cert.Resolve(ctx, secrets)
	if err != nil {
		return nil, err
	}
	key, err := t.privateKey(ctx, secrets)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair([]byte(certificate), key)
	if err != nil {
		return nil, errTLS("cert and key do not make a certificate: " + err.Error())
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

// privateKey is the key in PEM, decrypted when it has a password.
func (t *TLS) privateKey(ctx context.Context, secrets backends.Resolver) ([]byte, error) {
	text, err := t.Key.Resolve(ctx, secrets)
	if err != nil || t.KeyPassword.IsZero() {
		return []byte(text), err
	}
	password, err := t.KeyPassword.Resolve(ctx, secrets)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errTLS("key is not in PEM")
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" {
		return nil, errTLS("key is encrypted as PKCS #8; decrypt it with openssl pkcs8")
	}
	//lint:ignore SA1019 it is the form of keys that key_password is for
	plain, err := x509.DecryptPEMBlock(block, []byte(password)) //nolint:staticcheck // the same
	if err != nil {
		return nil, errTLS("key does not open with key_password")
	}
	return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: plain}), nil
}

func errTLS(message string) error {
	return pgerr.New(pgerr.FdwUnableToEstablishConnection, "Kafka: tls: %s", message)
}

// registrySettings are those of the schema registry.
func (c *Config) registrySettings(ctx context.Context, secrets backends.Resolver) (registry.Settings, error) {
	s := registry.Settings{Timeout: time.Duration(c.ConnectTimeoutS) * time.Second}
	for _, url := range strings.Split(c.SchemaRegistryURL, ",") {
		s.URLs = append(s.URLs, strings.TrimSpace(url))
	}
	if !c.SchemaRegistryBasicAuth.IsZero() {
		text, err := c.SchemaRegistryBasicAuth.Resolve(ctx, secrets)
		if err != nil {
			return s, err
		}
		s.User, s.Password, _ = strings.Cut(text, ":")
	}
	if c.SchemaRegistryTLS == nil {
		return s, nil
	}
	var err error
	s.TLS, err = c.SchemaRegistryTLS.config(ctx, secrets)
	return s, err
}
