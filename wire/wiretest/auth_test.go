package wiretest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sqlgateway/gateway/wire"
)

// passwords are users with SCRAM verifiers.
type passwords map[string]wire.Verifier

func (passwords) Method(string, string, string) (wire.AuthMethod, error) { return wire.AuthSCRAM, nil }

func (p passwords) Verifier(user string) (wire.Verifier, bool) {
	v, ok := p[user]
	return v, ok
}

// TestPasswords logs in with a verifier that went through its text form, with and
// without TLS; a wrong password and an unknown user get the same answer.
func TestPasswords(t *testing.T) {
	made, err := wire.HashPassword("right")
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := wire.ParseVerifier(made.String())
	if err != nil {
		t.Fatal(err)
	}
	host := passwordServer(t, passwords{"app": verifier})
	for _, mode := range []string{"disable", "require"} {
		for _, c := range []struct {
			user, password, code string
		}{{"app", "right", ""}, {"app", "wrong", "28P01"}, {"nobody", "right", "28P01"}} {
			url := "postgres://" + c.user + ":" + c.password + "@" + host + "/postgres?sslmode=" + mode
			conn, err := pgconn.Connect(t.Context(), url)
			if err == nil {
				_ = conn.Close(context.WithoutCancel(t.Context()))
			}
			var refused *pgconn.PgError
			if errors.As(err, &refused) != (c.code != "") || refused != nil &&
				(refused.Code != c.code || refused.Message != `password authentication failed for user "`+c.user+`"`) {
				t.Errorf("%s: %v", url, err)
			}
		}
	}
	psql(t, host)
}

// psql logs in with libpq, binding the password to the TLS channel.
func psql(t *testing.T, host string) {
	if _, err := exec.LookPath("psql"); err != nil {
		t.Log("psql is not installed: SCRAM-SHA-256-PLUS is not tried")
		return
	}
	for _, binding := range []string{"disable", "require"} {
		url := "postgres://app:right@" + host + "/postgres?sslmode=require&channel_binding=" + binding
		out, err := exec.CommandContext(t.Context(), "psql", "-XAt", url, "-c", "select 42").CombinedOutput() //nolint:gosec // a test's own arguments
		if err != nil || strings.TrimSpace(string(out)) != "42" {
			t.Errorf("channel_binding=%s: %s, %v", binding, out, err)
		}
	}
}

func passwordServer(t *testing.T, users passwords) (address string) {
	sockets := loop(t)
	handler := engine(t, sqliteServer(t), "main", sockets)
	server := wire.New(wire.Config{Handler: handler, Authenticator: users, Loop: sockets, TLS: &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate(t)},
	}})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, server, listener)
	return listener.Addr().String()
}

// certificate is signed by itself.
func certificate(t *testing.T) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gateway"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
