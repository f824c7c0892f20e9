package answers

import (
	"context"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const testdata = "../../testdata"

var rewriting = flag.Bool("rewrite", false, "take PostgreSQL's answers for the known ones of testdata")

// service finds the real servers.
func service(t *testing.T) Service {
	t.Helper()
	s := Service{Postgres: os.Getenv("GATEWAY_TEST_POSTGRES"), MariaDB: os.Getenv("GATEWAY_TEST_MARIADB")}
	if s.Postgres == "" || s.MariaDB == "" {
		if os.Getenv("GATEWAY_CI") != "" {
			t.Fatal("GATEWAY_TEST_POSTGRES and GATEWAY_TEST_MARIADB must name real servers: run .ci/services up")
		}
		t.Skip("GATEWAY_TEST_POSTGRES and GATEWAY_TEST_MARIADB name no real servers: run make services-up")
	}
	return s
}

// chosen keeps what GATEWAY_ANSWERS_<what> matches: for looking at one case.
func chosen(what, name string) bool {
	pattern := os.Getenv("GATEWAY_ANSWERS_" + what)
	return pattern == "" || regexp.MustCompile(pattern).MatchString(name)
}

// protocols are those of a mode: together they cover all.
func protocols(mode string) []Protocol {
	switch mode {
	case "off":
		return []Protocol{Simple}
	case "safe":
		return []Protocol{ExtendedText}
	default:
		return []Protocol{Simple, ExtendedBinary}
	}
}

// TestAnswers runs every case in every placement.
func TestAnswers(t *testing.T) {
	tables, err := ReadTables(filepath.Join(testdata, "tables"))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(testdata, "sql")
	if os.Getenv("GATEWAY_ANSWERS_PENDING") != "" {
		folder = filepath.Join(folder, "pending")
	}
	run(t, "sql", tables, scripts(t, folder, false), Placements())
}

// scripts reads the cases over our own tables, or those over TPC-H's.
func scripts(t *testing.T, folder string, tpch bool) []*Script {
	t.Helper()
	all, err := ReadScripts(folder)
	if err != nil {
		t.Fatal(err)
	}
	var kept []*Script
	for _, s := range all {
		if strings.HasPrefix(s.Name, "tpch") == tpch && chosen("SCRIPT", s.Name) {
			kept = append(kept, s)
		}
	}
	return kept
}

// run lays the tables down and compares each placement.
func run(t *testing.T, name string, tables []*Table, scripts []*Script, placements []Placement) {
	t.Helper()
	servers := service(t)
	types, err := ReadTypeMap(filepath.Join(testdata, "tables", "kinds.types"))
	if err != nil {
		t.Fatal(err)
	}
	var kept []Placement
	for _, p := range placements {
		if chosen("PLACEMENT", p.Name) {
			kept = append(kept, p)
		}
	}
	ctx := context.Background()
	site, err := NewSite(ctx, servers, t.TempDir(), name, tables, types, kept)
	t.Cleanup(func() {
		if err := site.Close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	total := &Report{Errors: map[string]string{}}
	for _, p := range kept {
		t.Run(p.Name, func(t *testing.T) { compare(ctx, t, site, &p, scripts, total) })
	}
	if err := total.WriteReport(os.Getenv("GATEWAY_ANSWERS_REPORT")); err != nil {
		t.Error(err)
	}
	if os.Getenv("GATEWAY_ANSWERS_ERRORS") != "" {
		for _, name := range slices.Sorted(maps.Keys(total.Errors)) {
			t.Log(name, "→", total.Errors[name])
		}
	}
	t.Logf("%d answers compared, %d cases skipped by placement, %d pending there, %d cases differ", total.Compared, total.Skipped, total.Pending, total.Cases())
	if len(total.Differences) > 0 {
		t.Log("\n" + shortened(total.String(), 20000))
	}
}

func shortened(text string, limit int) string {
	if len(text) > limit {
		return text[:limit] + "…"
	}
	return text
}

func compare(ctx context.Context, t *testing.T, site *Site, p *Placement, scripts []*Script, total *Report) {
	started := time.Now()
	gateway, oracle, err := site.Open(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := gateway.Close(); err != nil {
			t.Error(err)
		}
	}()
	r := &Runner{Placement: *p, Gateway: gateway.URL(), Oracle: oracle, Protocols: protocols, Rewrite: *rewriting}
	before, compared := len(total.Differences), total.Compared
	if err := r.Run(ctx, append([]*Script{shapes(site.Tables)}, scripts...), total); err != nil {
		t.Error(err)
	}
	t.Logf("%d answers in %.1f s", total.Compared-compared, time.Since(started).Seconds())
	differ := 0
	for _, d := range total.Differences {
		for _, where := range d.Where {
			if strings.HasPrefix(where, p.Name+"/") {
				differ++
				break
			}
		}
	}
	if differ > 0 {
		t.Errorf("%d differences, %d of them new", differ, len(total.Differences)-before)
	}
}

// shapes is a script that reads every table whole: types, names and values as
// kinds.types says.
func shapes(tables []*Table) *Script {
	s := &Script{Name: "tables"}
	for _, t := range tables {
		s.Statements = append(s.Statements, &Statement{Name: t.Name, SQL: `select * from "` + t.Name + `"`})
	}
	return s
}
