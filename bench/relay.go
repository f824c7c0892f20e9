package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// relay compares pgbench's select-only load through the gateway, through PgBouncer
// with session pooling, and direct.
func relay(ctx context.Context, o *options) error {
	if !installed("relay", "pgbench", "pgbouncer") {
		return nil
	}
	return withDatabase(ctx, o, func(own *url.URL) error {
		if err := pgbench(ctx, own.Host, own.User.Username(), "-i", "-q", "-s", "10"); err != nil {
			return err
		}
		g, err := startGateway(o.program, o.folder, relayConfig(own), 2)
		if err != nil {
			return err
		}
		defer func() { _ = g.stop() }()
		b, err := startBouncer(ctx, o.folder, own)
		if err != nil {
			return err
		}
		defer b.stop()
		fmt.Printf("\npgbench -S, scale 10, %d s a run: transactions/s, and CPU µs/transaction of the one in the middle\n%-9s %7s %9s %9s %9s %9s %9s\n",
			o.seconds, "protocol", "clients", "direct", "bouncer", "gateway", "CPU boun.", "CPU gatew.")
		for _, protocol := range []string{"simple", "prepared"} {
			for _, clients := range []int{1, 16, 64} {
				if err := relayRow(ctx, o, own, g, b, protocol, clients); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func relayRow(ctx context.Context, o *options, own *url.URL, g *gateway, b *bouncer, protocol string, clients int) error {
	user := own.User.Username()
	direct, _, err := load(ctx, o, own.Host, user, protocol, clients, 0)
	if err != nil {
		return fmt.Errorf("direct: %w", err)
	}
	pooled, pooledCPU, err := load(ctx, o, b.address, user, protocol, clients, b.pid())
	if err != nil {
		return fmt.Errorf("through PgBouncer: %w", err)
	}
	ours, ourCPU, err := load(ctx, o, g.address, user, protocol, clients, g.pid())
	if err != nil {
		return fmt.Errorf("through the gateway: %w", err)
	}
	fmt.Printf("%-9s %7d %9.0f %9.0f %9.0f %9.1f %9.1f\n", protocol, clients, direct, pooled, ours, pooledCPU, ourCPU)
	what := fmt.Sprintf("pgbench -S %s, %d client(s), gateway / PgBouncer", protocol, clients)
	o.table.add(what+", transactions/s", ours/pooled, 0.7, atLeast)
	o.table.add(what+", CPU a transaction", ourCPU/pooledCPU, 1/0.7, atMost)
	return nil
}

var (
	tpsLine   = regexp.MustCompile(`tps = ([0-9.]+)`)
	countLine = regexp.MustCompile(`actually processed: ([0-9]+)`)
)

// load runs pgbench and gives transactions per second and, for a pid, CPU
// microseconds per transaction.
func load(ctx context.Context, o *options, address, user, protocol string, clients, pid int) (tps, cpu float64, err error) {
	var before, after time.Duration
	if pid != 0 {
		if before, err = cpuOf(pid); err != nil {
			return 0, 0, err
		}
	}
	out, err := pgbenchCommand(ctx, address, user, "-n", "-S", "-M", protocol, "-c", strconv.Itoa(clients), "-T", strconv.Itoa(o.seconds)).CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	if pid != 0 {
		if after, err = cpuOf(pid); err != nil {
			return 0, 0, err
		}
	}
	t, n := tpsLine.FindSubmatch(out), countLine.FindSubmatch(out)
	if t == nil || n == nil {
		return 0, 0, fmt.Errorf("pgbench said %s", out)
	}
	tps, _ = strconv.ParseFloat(string(t[1]), 64)
	count, _ := strconv.ParseFloat(string(n[1]), 64)
	return tps, float64((after - before).Microseconds()) / count, nil
}

func pgbenchCommand(ctx context.Context, address, user string, args ...string) *exec.Cmd {
	host, port, _ := net.SplitHostPort(address)
	cmd := exec.CommandContext(ctx, "pgbench", append(append([]string{"-h", host, "-p", port, "-U", user}, args...), benchDatabase)...)
	cmd.Env = append(os.Environ(), "PGSSLMODE=disable")
	return cmd
}

func pgbench(ctx context.Context, address, user string, args ...string) error {
	if out, err := pgbenchCommand(ctx, address, user, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("pgbench: %w: %s", err, out)
	}
	return nil
}

// bouncer is a running PgBouncer.
type bouncer struct {
	cmd     *exec.Cmd
	address string
}

// startBouncer runs PgBouncer; it refuses to be root, so root runs it as nobody.
func startBouncer(ctx context.Context, folder string, own *url.URL) (*bouncer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().(*net.TCPAddr)
	listener.Close()
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // nobody has to read its configuration
		return nil, err
	}
	config := fmt.Sprintf("[databases]\n%s = host=%s port=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\nauth_type = any\nunix_socket_dir =\n"+
		"pool_mode = session\ndefault_pool_size = 100\nmax_client_conn = 200\nlog_connections = 0\nlog_disconnections = 0\n",
		benchDatabase, own.Hostname(), own.Port(), address.Port)
	// auth_type any signs in to the server as the user named here.
	config = regexp.MustCompile(`port=\d+\n`).ReplaceAllStringFunc(config, func(s string) string { return s[:len(s)-1] + " user=" + own.User.Username() + "\n" })
	path := filepath.Join(folder, "pgbouncer.ini")
	if err := os.WriteFile(path, []byte(config), 0o644); err != nil { //nolint:gosec // as above
		return nil, err
	}
	cmd := exec.Command("pgbouncer", "-q", path)
	if os.Getuid() == 0 {
		nobody, err := user.Lookup("nobody")
		if err != nil {
			return nil, err
		}
		uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
		gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting PgBouncer: %w", err)
	}
	b := &bouncer{cmd: cmd, address: address.String()}
	err = eventually(ctx, func() error {
		c, err := net.Dial("tcp", b.address)
		if err == nil {
			c.Close()
		}
		return err
	})
	return b, err
}

func (b *bouncer) pid() int { return b.cmd.Process.Pid }

func (b *bouncer) stop() {
	_ = b.cmd.Process.Signal(syscall.SIGTERM)
	_ = b.cmd.Wait()
}
