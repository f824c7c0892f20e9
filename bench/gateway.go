package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// gateway is a running gateway under measurement.
type gateway struct {
	cmd     *exec.Cmd
	address string
}

// buildGateway builds the program that is measured, as it is shipped.
func buildGateway(folder string) (string, error) {
	program := filepath.Join(folder, "gateway")
	build := exec.Command("go", "build", "-o", program, "./cmd/gateway")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("building the gateway: %w", err)
	}
	return program, nil
}

// startGateway serves config on a free port. threads is GOMAXPROCS and the number of
// workers. BENCH_PROFILE, if set, is where the CPU profile of its life goes.
func startGateway(program, folder, config string, threads int) (*gateway, error) {
	path := filepath.Join(folder, "gateway.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, err
	}
	arguments := []string{"serve", "--config", path}
	if profile := os.Getenv("BENCH_PROFILE"); profile != "" {
		arguments = append(arguments, "--cpu-profile", profile)
	}
	cmd := exec.Command(program, arguments...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the gateway: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	_, rest, found := strings.Cut(line, "ready on ")
	if err != nil || !found {
		_ = cmd.Process.Kill()
		return nil, errors.Join(fmt.Errorf("the gateway did not get ready: %q", line), err, cmd.Wait())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	address, _, _ := strings.Cut(rest, ",")
	return &gateway{cmd: cmd, address: address}, nil
}

// installed says whether programs are there, and says aloud what an item skips for
// want of them.
func installed(item string, programs ...string) bool {
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			fmt.Printf("%s: SKIPPED: %s is not installed\n", item, name)
			return false
		}
	}
	return true
}

// stop ends the gateway and waits for it.
func (g *gateway) stop() error {
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return g.cmd.Wait()
}

// pid is the process to account for.
func (g *gateway) pid() int { return g.cmd.Process.Pid }

// cpuOf is the CPU time that a process has used, all threads together. The scheduler's
// own account is exact; the ticks of /proc/PID/stat, which it falls back to, are not.
func cpuOf(pid int) (time.Duration, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	if len(files) == 0 {
		return 0, fmt.Errorf("process %d is gone, or the kernel keeps no scheduler statistics", pid)
	}
	var total time.Duration
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that ended since
		}
		first, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading %s: %w", file, err)
		}
		total += time.Duration(n)
	}
	return total, nil
}

// peakMemory is the largest resident size of a process since its last reset, in bytes.
func peakMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("no VmHWM of process %d", pid)
	}
	kb, err := strconv.ParseInt(fields[0], 10, 64)
	return kb << 10, err
}

// eventually tries every tenth of a second until it works, for ten seconds.
func eventually(ctx context.Context, try func() error) error {
	var err error
	for range 100 {
		if err = try(); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return err
}
