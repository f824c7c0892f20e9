package main

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// bound says on which side of its limit a ratio has to be.
type bound int

const (
	atLeast bound = iota
	atMost
)

// ratioTable collects what the last lines of a run say.
type ratioTable struct{ lines []string }

// add states a ratio, its limit, and how much of the limit it reaches: 100% and more
// is reached, whichever way the limit points.
func (t *ratioTable) add(what string, ratio, limit float64, b bound) {
	sign, reached := "≥", ratio/limit
	if b == atMost {
		sign, reached = "≤", limit/ratio
	}
	t.lines = append(t.lines, fmt.Sprintf("%-78s %8.2f  limit %s %-5.3g reaches %4.0f%%", what, ratio, sign, limit, 100*reached))
}

// note adds a line that is no ratio.
func (t *ratioTable) note(line string) { t.lines = append(t.lines, line) }

func (t *ratioTable) print(out io.Writer) {
	fmt.Fprintln(out)
	for _, line := range t.lines {
		fmt.Fprintln(out, line)
	}
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func geometricMean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}
