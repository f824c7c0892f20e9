package pgcatalog

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/sqlgateway/gateway/internal/pgbuiltin"
)

// parenthesised splits "(a, f(b, c)) rest" into a, f(b, c) and rest.
func parenthesised(text string) (items []string, rest string) {
	depth, start := 0, 0
	var quoted byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted != 0:
			if c == quoted {
				quoted = 0
			}
		case c == '\'' || c == '"':
			quoted = c
		case c == '(':
			depth++
			if depth == 1 {
				start = i + 1
			}
		case c == ',' && depth == 1:
			items, start = append(items, strings.TrimSpace(text[start:i])), i+1
		case c == ')':
			depth--
			if depth == 0 {
				return append(items, strings.TrimSpace(text[start:i])), text[i+1:]
			}
		}
	}
	return items, ""
}

// prettyPart is one part of an index as its definition shows it, without its order.
func prettyPart(using string, at int) string {
	parts, rest := parenthesised(using)
	if included, ok := strings.CutPrefix(rest, " INCLUDE "); ok {
		more, _ := parenthesised(included)
		parts = append(parts, more...)
	}
	if at > len(parts) {
		return ""
	}
	text := parts[at-1]
	for _, suffix := range []string{" NULLS FIRST", " NULLS LAST", " DESC"} {
		text = strings.TrimSuffix(text, suffix)
	}
	return text
}

// opclass is the operator class that the definition names for a part, 0 for its
// type's own: Postgres shows no other.
func (i index) opclass(at int) int64 {
	parts, _ := parenthesised(i.using)
	if at >= len(parts) {
		return 0
	}
	words := strings.Fields(parts[at])
	for _, class := range opclasses() {
		if class.method == i.accessMethod() && len(words) > 1 && slices.Contains(words[1:], class.name) {
			return class.oid
		}
	}
	return 0
}

// named is a row of pg_am or pg_opclass.
type named struct {
	oid, method int64
	name        string
}

var opclasses = sync.OnceValue(func() []named { return namedRows("pg_opclass", "opcname", "opcmethod") })

func namedRows(relation, nameColumn, methodColumn string) []named {
	r := pgbuiltin.Load(relation)
	var list []named
	for _, row := range r.Rows {
		var n named
		for i, c := range r.Columns {
			switch c.Name {
			case "oid":
				n.oid, _ = strconv.ParseInt(row[i].Text, 10, 64)
			case methodColumn:
				n.method, _ = strconv.ParseInt(row[i].Text, 10, 64)
			case nameColumn:
				n.name = row[i].Text
			}
		}
		list = append(list, n)
	}
	return list
}
