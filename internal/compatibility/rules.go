package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/mysql"
	"github.com/sqlgateway/gateway/translate/postgres"
	"github.com/sqlgateway/gateway/translate/sqlite"
)

// dialects are those of the newest version that the rules tell apart.
func dialects() []*translate.Dialect {
	return []*translate.Dialect{
		postgres.New(translate.Version{Major: 15}),
		mysql.New(mysql.MariaDB, translate.Version{Major: 10, Minor: 11}),
		sqlite.New(translate.Version{Major: 3, Minor: 46}),
	}
}

const rulesHead = `## What is sent to sources

` + "`SET gateway.pushdown = off`" + ` sends none of it, ` + "`safe`" + ` what is proven algebraically or exhaustively, ` + "`on`" + ` (the default)
all of it. Exact rules replace the work here; superset rules send a prefilter, and the exact filter stays here. A rule
whose conditions do not hold is not used, and ` + "`EXPLAIN (VERBOSE)`" + ` shows the condition's name.

`

func writeRules(page *bytes.Buffer) {
	page.WriteString(rulesHead)
	for _, d := range dialects() {
		fmt.Fprintf(page, "### To %s %d.%d\n\n", d.Product, d.Version.Major, d.Version.Minor)
		if d.Native {
			page.WriteString("Built-in immutable functions, operators, casts and aggregates, as they are, with text compared by code point.\n\n")
		}
		if len(d.Rules) == 0 {
			continue
		}
		page.WriteString("| of | mode | proof | when | sent as |\n| --- | --- | --- | --- | --- |\n")
		for i := range d.Rules {
			writeRule(page, &d.Rules[i])
		}
		page.WriteString("\n")
	}
}

func writeRule(page *bytes.Buffer, r *translate.Rule) {
	signatures := strings.Fields(r.Of)
	for i, s := range signatures {
		signatures[i] = cell(s)
	}
	var when []string
	for _, c := range r.When {
		when = append(when, c.Reason)
	}
	if r.Collated {
		when = append(when, "textCollation")
	}
	slices.Sort(when)
	mode := "exact"
	if r.Mode == translate.Superset {
		mode = "superset"
	}
	proof := []string{"reviewed", "random", "exhaustive", "algebraic"}[r.Proof]
	fmt.Fprintf(page, "| %s | %s | %s | %s | %s |\n", strings.Join(signatures, " "), mode, proof,
		strings.Join(slices.Compact(when), ", "), cell(r.Template))
}

// cell is code in a table.
func cell(text string) string {
	if text == "" {
		return ""
	}
	return "`` " + strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`) + " ``"
}
