package exec

import (
	"context"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/translate"
)

// edit replaces bytes of a text.
type edit struct {
	start, end int
	text       string
}

// makeRelay works out how a text of a given shape is relayed: nil if it is not. It
// works on the canonical text, made from the key, so that the pieces fit all texts
// of that key.
func (s *Session) makeRelay(ctx context.Context, key []byte, text string, literals []translate.Literal, snapshot *catalog.Snapshot) (*relayed, error) {
	// The key's head is the version and the search path.
	head := 8 + strings.IndexByte(string(key[8:]), 0) + 1
	canonical, spans := canonicalText(key[head:], text, literals)
	list, err := translate.Parse(canonical)
	if err != nil || len(list) != 1 {
		return nil, err
	}
	survey := newSurvey(list[0].Node)
	if survey == nil {
		return nil, nil
	}
	server, edits, err := s.resolveRelay(ctx, survey, canonical, snapshot)
	if err != nil || server == nil {
		return nil, err
	}
	pieces := splitAt(canonical, spans, edits)
	if pieces == nil {
		return nil, nil
	}
	return &relayed{server: server, pieces: pieces, writes: survey.writes, command: writingCommand(list[0].Node)}, nil
}

// canonicalText rebuilds a text from its key, with the constants put back. spans
// are the constants' places in it.
func canonicalText(key []byte, text string, literals []translate.Literal) (canonical string, spans [][2]int) {
	out := make([]byte, 0, len(text))
	next := 0
	for i := 0; i < len(key); i++ {
		if key[i] != 0 || next >= len(literals) {
			out = append(out, key[i])
			continue
		}
		literal := literals[next]
		next++
		from := len(out)
		out = append(out, text[literal.Start:literal.End]...)
		spans = append(spans, [2]int{from, len(out)})
		i++ // the kind of the constant
		if literal.Kind == translate.TokenInteger {
			i++ // its class
		}
	}
	return string(out), spans
}

// splitAt cuts a text at the constants and applies edits to the parts between. It
// is nil if an edit meets a constant.
func splitAt(text string, spans [][2]int, edits []edit) []string {
	sortEdits(edits)
	pieces := make([]string, 0, len(spans)+1)
	at, done := 0, 0
	for i := 0; i <= len(spans); i++ {
		end := len(text)
		if i < len(spans) {
			end = spans[i][0]
		}
		var b strings.Builder
		for done < len(edits) && edits[done].start < end {
			e := edits[done]
			if e.start < at || e.end > end {
				return nil
			}
			b.WriteString(text[at:e.start])
			b.WriteString(e.text)
			at = e.end
			done++
		}
		b.WriteString(text[at:end])
		pieces = append(pieces, b.String())
		if i < len(spans) {
			at = spans[i][1]
		}
	}
	return pieces
}

// survey is what a raw statement uses.
type survey struct {
	writes    bool
	relations []*translate.RangeVar
	ctes      map[string]bool
	// threePart is set when a column is written schema.table.column.
	threePart bool
	refused   bool
}

// newSurvey looks through a statement; nil if its kind is never relayed.
func newSurvey(node translate.Node) *survey {
	v := &survey{ctes: map[string]bool{}}
	switch n := node.(type) {
	case *translate.SelectStmt:
		if n.Into != nil {
			return nil
		}
	case *translate.InsertStmt, *translate.UpdateStmt, *translate.DeleteStmt:
		v.writes = true
	default:
		return nil
	}
	v.collect(node)
	if v.refused || len(v.relations) == 0 {
		return nil
	}
	return v
}

// collect gathers what a statement uses.
func (v *survey) collect(node translate.Node) { v.visit(reflect.ValueOf(node)) }

// visit walks the raw tree by reflection: this runs once for each shape of
// statement, and no new kind of node can be forgotten.
func (v *survey) visit(value reflect.Value) {
	switch value.Kind() {
	case reflect.Interface, reflect.Pointer:
		if value.IsNil() {
			return
		}
		if value.Kind() == reflect.Pointer {
			v.node(value.Interface())
		}
		v.visit(value.Elem())
	case reflect.Struct:
		for i := range value.NumField() {
			if value.Type().Field(i).IsExported() {
				v.visit(value.Field(i))
			}
		}
	case reflect.Slice:
		for i := range value.Len() {
			v.visit(value.Index(i))
		}
	}
}

func (v *survey) node(node any) {
	switch n := node.(type) {
	case *translate.RangeVar:
		v.relations = append(v.relations, n)
	case *translate.CommonTableExpr:
		v.ctes[n.Name] = true
	case *translate.InsertStmt, *translate.UpdateStmt, *translate.DeleteStmt, *translate.LockingClause:
		v.writes = true
	case *translate.ColumnRef:
		v.threePart = v.threePart || len(n.Fields) > 2
	case *translate.FuncCall:
		v.function(n.Name)
	case *translate.SQLValueFunction:
		v.refused = v.refused || !strings.HasPrefix(n.Name, "current_date") && !strings.HasPrefix(n.Name, "current_time") && !strings.HasPrefix(n.Name, "localtime")
	case *translate.UnsupportedExpr:
		v.refused = true
	}
}

// sessionFunctions answer about the session or the database, which are the
// gateway's.
var sessionFunctions = map[string]bool{
	"current_database": true, "current_schema": true, "current_schemas": true, "version": true, "current_setting": true,
	"set_config": true, "inet_server_addr": true, "inet_server_port": true, "inet_client_addr": true, "inet_client_port": true,
	"txid_current": true, "has_table_privilege": true, "has_schema_privilege": true, "has_database_privilege": true,
	"has_column_privilege": true, "to_regclass": true, "to_regtype": true, "obj_description": true, "col_description": true,
	"nextval": true, "currval": true, "lastval": true, "setval": true, "format_type": true, "getdatabaseencoding": true,
}

func (v *survey) function(name []string) {
	last := name[len(name)-1]
	switch {
	case len(name) > 1 && name[0] != "pg_catalog":
		v.refused = true // a schema of the gateway, or one that only the source knows
	case sessionFunctions[last] || strings.HasPrefix(last, "pg_"):
		v.refused = true
	case len(pgbuiltin.Procs(last)) == 0:
		// A function of the source's own may write.
		v.writes = true
	default:
		for _, proc := range pgbuiltin.Procs(last) {
			if proc.Volatility == 'v' && last != "random" && last != "clock_timestamp" && last != "gen_random_uuid" {
				v.writes = true
			}
		}
	}
}

// resolveRelay finds the one Postgres server that has all relations of a statement,
// and the edits that make its names that server's. It is nil if there is none.
func (s *Session) resolveRelay(ctx context.Context, v *survey, text string, snapshot *catalog.Snapshot) (*catalog.Server, []edit, error) {
	var server *catalog.Server
	var edits []edit
	names := s.namespace(snapshot)
	for _, relation := range v.relations {
		table, err := resolveTable(ctx, names, relation)
		if err != nil {
			return nil, nil, err
		}
		if relation.Schema == "" && v.ctes[relation.Name] {
			if table != nil {
				return nil, nil, nil // which of the two is meant depends on scope
			}
			continue
		}
		if table == nil {
			return nil, nil, nil
		}
		handle, ok := table.Source.(*catalog.Handle)
		if !ok || server != nil && handle.Server != server {
			return nil, nil, nil
		}
		server = handle.Server
		e, ok := relationEdit(text, relation, table)
		if !ok || e != nil && v.threePart {
			return nil, nil, nil
		}
		if e != nil {
			edits = append(edits, *e)
		}
	}
	if server == nil {
		return nil, nil, nil
	}
	if _, ok := server.Backend.(backends.Relayer); !ok {
		return nil, nil, nil
	}
	return server, edits, nil
}

// resolveTable finds a relation as the binder would.
func resolveTable(ctx context.Context, names namespace, relation *translate.RangeVar) (*translate.Table, error) {
	if relation.Schema != "" {
		return names.Relation(ctx, relation.Schema, relation.Name)
	}
	for _, schema := range names.path {
		table, err := names.Relation(ctx, schema, relation.Name)
		if table != nil || err != nil {
			return table, err
		}
	}
	return nil, nil
}

// relationEdit replaces a relation's name by the server's; nil if it is the same.
func relationEdit(text string, relation *translate.RangeVar, table *translate.Table) (*edit, bool) {
	if relation.Catalog == "" && relation.Schema == table.Remote.Schema && relation.Name == table.Remote.Name {
		return nil, true
	}
	start := byteOffset(text, relation.Pos)
	end, ok := nameEnd(text, start)
	if !ok {
		return nil, false
	}
	remote := quoteIdentifier(table.Remote.Schema) + "." + quoteIdentifier(table.Remote.Name)
	if table.Remote.Schema == "" {
		remote = quoteIdentifier(table.Remote.Name)
	}
	if relation.Alias == nil && table.Remote.Name != relation.Name {
		if followsTable(text, start) {
			return nil, false
		}
		remote += " AS " + quoteIdentifier(relation.Name)
	}
	return &edit{start: start, end: end, text: remote}, true
}

// followsTable says whether the word before a name is TABLE: that command takes no
// alias.
func followsTable(text string, start int) bool {
	scan := translate.NewScanner(text[:start])
	last := ""
	for t := scan.Next(); t.Kind != translate.TokenEnd; t = scan.Next() {
		last = text[t.Start:t.End]
	}
	return strings.EqualFold(last, "table")
}

// byteOffset turns a 1-based position in characters into an offset in bytes.
func byteOffset(text string, position int) int {
	at := 0
	for range position - 1 {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// nameEnd is where a possibly qualified name that starts at start ends.
func nameEnd(text string, start int) (int, bool) {
	scan := translate.NewScanner(text[start:])
	end := 0
	for {
		name := scan.Next()
		if name.Kind != translate.TokenIdentifier && name.Kind != translate.TokenQuoted {
			return 0, false
		}
		end = start + name.End
		dot := scan.Next()
		if dot.Kind != translate.TokenPunct || text[start+dot.Start] != '.' {
			return end, true
		}
	}
}
