package rabbitmq

import (
	"context"
	"crypto/tls"
	"crypto/x509"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

// config resolves the PEM texts. A missing TLS has the defaults.
func (t *TLS) config(ctx context.Context, secrets backends.Resolver, host string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if t == nil {
		return config, nil
	}
	if t.ServerName != "" {
		config.ServerName = t.ServerName
	}
	config.InsecureSkipVerify = t.InsecureSkipVerify //nolint:gosec // asked for by name
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
	key, err := t.Key.Resolve(ctx, secrets)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		return nil, errTLS("cert and key do not make a certificate")
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

func errTLS(message string) error {
	return pgerr.New(pgerr.FdwUnableToEstablishConnection, "RabbitMQ: tls: %s", message)
}
