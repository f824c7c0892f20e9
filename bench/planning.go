package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

var benchmarkLine = regexp.MustCompile(`^BenchmarkPlan/(.+)/(bind|plan)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op`)

// planning prints what binding and planning cost, from exec/plan's own benchmark: a
// point query, and one with the shape of TPC-H's second.
func planning(ctx context.Context, o *options) error {
	out, err := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkPlan$", "-benchtime", "1000x", "./exec/plan").CombinedOutput()
	if err != nil {
		return fmt.Errorf("running exec/plan's benchmark: %w: %s", err, out)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	bound := 0.0
	for lines.Scan() {
		m := benchmarkLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		ns, _ := strconv.ParseFloat(m[3], 64)
		if m[2] == "bind" {
			bound = ns
			continue
		}
		o.table.note(fmt.Sprintf("%-40s bind %7.1f µs, plan %7.1f µs, together %7.1f µs", m[1], bound/1e3, ns/1e3, (bound+ns)/1e3))
	}
	return nil
}
