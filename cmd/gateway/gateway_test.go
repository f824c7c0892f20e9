package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes programs of the gateway and of two clients, for the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gateway": main, "sql": sqlClient, "get": getClient, "demo-queries": printDemoQueries})
}

// TestScripts runs testdata/script: the program as a user runs it. In each, $ADDRESS
// and $OPERATIONS are free addresses.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"ADDRESS", "OPERATIONS"} {
				address, err := freeAddress()
				if err != nil {
					return err
				}
				_, port, _ := net.SplitHostPort(address)
				env.Setenv(name, address)
				env.Setenv(name+"_PORT", port)
			}
			env.Setenv("PGCONNECT_TIMEOUT", "10")
			return nil
		},
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"terminate": terminate},
		Condition:     condition,
		UpdateScripts: os.Getenv("GATEWAY_REWRITE") != "",
	})
}

// terminate sends SIGTERM to the background program whose first argument is given.
func terminate(ts *testscript.TestScript, _ bool, args []string) {
	for _, background := range ts.BackgroundCmds() {
		if len(background.Args) > 1 && background.Args[1] == args[0] {
			ts.Check(background.Process.Signal(syscall.SIGTERM))
		}
	}
}

// condition is [psql]: whether psql is here. In CI it must be.
func condition(name string) (bool, error) {
	if name != "psql" {
		return false, fmt.Errorf("unknown condition %s", name)
	}
	_, err := exec.LookPath("psql")
	if err != nil && os.Getenv("GATEWAY_CI") != "" {
		return false, errors.New("psql is missing, and in CI no test may skip")
	}
	return err == nil, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// sqlClient is "sql [user[:password]@database] statement": it prints the rows, values
// separated by blanks, once the server at $ADDRESS is there.
func sqlClient() {
	target, statement := "demo@shop", os.Args[len(os.Args)-1]
	if len(os.Args) > 2 {
		target = os.Args[1]
	}
	user, database, _ := strings.Cut(target, "@")
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := query(ctx, fmt.Sprintf("postgres://%s@%s/%s?sslmode=%s", user, os.Getenv("ADDRESS"), database, os.Getenv("SSLMODE")), statement)
	if err == nil {
		return
	}
	var e *pgconn.PgError
	if errors.As(err, &e) {
		err = fmt.Errorf("%s: %s", e.Code, e.Message)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func query(ctx context.Context, url, statement string) error {
	c, err := dial(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	results, err := c.PgConn().Exec(ctx, statement).ReadAll()
	for _, r := range results {
		for _, row := range r.Rows {
			fmt.Println(string(joined(row)))
		}
	}
	return err
}

func joined(row [][]byte) (line []byte) {
	for i, value := range row {
		if i > 0 {
			line = append(line, ' ')
		}
		line = append(line, value...)
	}
	return line
}

// dial waits until somebody listens.
func dial(ctx context.Context, url string) (*pgx.Conn, error) {
	for {
		c, err := pgx.Connect(ctx, url)
		var refused *net.OpError
		if err == nil || ctx.Err() != nil || !errors.As(err, &refused) {
			return c, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// getClient is "get url": it prints the status and the body.
func getClient() {
	for deadline := time.Now().Add(30 * time.Second); ; {
		response, err := http.Get(os.Args[1])
		if err == nil {
			defer response.Body.Close()
			fmt.Println(response.Status)
			if _, err = io.Copy(os.Stdout, response.Body); err == nil {
				return
			}
		}
		if time.Now().After(deadline) {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// printDemoQueries prints the queries that the demo proposes.
func printDemoQueries() {
	_, queries, _ := strings.Cut(demoText, "Three queries to try:")
	queries, _, _ = strings.Cut(queries, "Ctrl-C")
	fmt.Print(queries)
}
