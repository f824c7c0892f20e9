package main

import (
	"strings"
	"testing"
)

func TestRatiosReachTheirLimits(t *testing.T) {
	var table ratioTable
	table.add("more is better", 1.5, 3, atLeast)
	table.add("less is better", 1.5, 3, atMost)
	for i, want := range []string{" 50%", "200%"} {
		if !strings.HasSuffix(table.lines[i], want) {
			t.Errorf("%q does not end in %q", table.lines[i], want)
		}
	}
}

func TestAnswersDiffer(t *testing.T) {
	row := func(values ...string) (out []*string) {
		for _, v := range values {
			if v == "NULL" {
				out = append(out, nil)
				continue
			}
			out = append(out, &v)
		}
		return out
	}
	for _, c := range []struct {
		ours, theirs []*string
		same         bool
	}{
		{row("1.50", "NULL"), row("1.5", "NULL"), true},
		{row("25.5335872714561570"), row("25.533587271456157"), true},
		{row("1"), row("NULL"), false},
		{row("a"), row("b"), false},
		{row("100.01"), row("100.02"), false},
	} {
		if got := differ([][]*string{c.ours}, [][]*string{c.theirs}); (got == "") != c.same {
			t.Errorf("differ: %q", got)
		}
	}
	if differ(nil, [][]*string{row("1")}) == "" {
		t.Error("a missing row goes unseen")
	}
}
