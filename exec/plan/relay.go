package plan

import (
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	t "github.com/sqlgateway/gateway/translate"
)

// RelayServer names the one server that can be handed the statement's text as it
// is: all tables that it reads and writes are there, isPostgres says that it speaks
// Postgres, and nothing in the statement asks about the session, the catalog or the
// gateway itself, which the server would answer differently.
func RelayServer(stmt t.Statement, isPostgres func(server string) bool) (server string, ok bool) {
	r := relayCheck{ok: true}
	switch s := stmt.(type) {
	case *t.Query:
		r.rel(s.Rel)
	case *t.Insert:
		r.table(s.Target)
		r.rel(s.Source)
		r.conflict(s.OnConflict)
		r.returning(s.Returning)
	case *t.Update:
		r.table(s.Target)
		r.rel(s.Input)
		for _, a := range s.Sets {
			r.expr(a.Value)
		}
		r.returning(s.Returning)
	case *t.Delete:
		r.table(s.Target)
		r.rel(s.Input)
		r.returning(s.Returning)
	default:
		return "", false
	}
	if !r.ok || r.server == "" || !isPostgres(r.server) {
		return "", false
	}
	return r.server, true
}

type relayCheck struct {
	server string
	ok     bool
}

func (r *relayCheck) table(table *t.Table) {
	if table.Server == "" || r.server != "" && r.server != table.Server {
		r.ok = false
		return
	}
	r.server = table.Server
}

func (r *relayCheck) conflict(c *t.OnConflict) {
	if c == nil {
		return
	}
	r.expr(c.Where)
	r.expr(c.SetWhere)
	for _, a := range c.Sets {
		r.expr(a.Value)
	}
}

func (r *relayCheck) returning(ret *t.Returning) {
	if ret == nil {
		return
	}
	for _, it := range ret.Items {
		r.expr(it.Expr)
	}
}

func (r *relayCheck) rel(rel t.Rel) {
	if rel == nil {
		return
	}
	eachRel(rel, func(rel t.Rel) {
		if !r.ok {
			return
		}
		if s, ok := rel.(*t.Scan); ok {
			r.table(s.Table)
		}
		t.EachExpr(rel, r.expr)
	})
}

func (r *relayCheck) expr(e t.Expr) {
	if e == nil || !r.ok {
		return
	}
	t.WalkExpr(e, func(e t.Expr) bool {
		switch x := e.(type) {
		case *t.FuncExpr:
			r.ok = r.ok && relayable(x)
		case *t.Cast:
			r.ok = r.ok && !catalogType(x.Typ.OID) && !catalogType(x.Arg.Type().OID)
		case *t.Subquery:
			r.rel(x.Rel)
		}
		return r.ok
	})
}

// relayable says that a function means the same at the server: it computes from
// its arguments, or is one of those that ask for the time or for chance.
func relayable(x *t.FuncExpr) bool {
	proc := pgbuiltin.ProcByOID(x.Proc)
	if proc == nil {
		return false
	}
	return proc.Volatility == 'i' || relayedFunctions[proc.Name]
}

// relayedFunctions are stable and volatile built-ins that do not ask about the
// session or the catalog. Settings that they depend on (TimeZone, DateStyle) are
// kept alike on both sides.
var relayedFunctions = map[string]bool{
	"now": true, "transaction_timestamp": true, "statement_timestamp": true, "clock_timestamp": true,
	"timeofday": true, "random": true, "gen_random_uuid": true, "date_trunc": true, "date_part": true,
	"extract": true, "to_char": true, "to_date": true, "to_timestamp": true, "to_number": true, "timezone": true,
	"age": true, "concat": true, "concat_ws": true, "format": true, "to_json": true, "to_jsonb": true,
	"row_to_json": true, "array_to_json": true, "json_build_object": true, "json_build_array": true,
	"jsonb_build_object": true, "jsonb_build_array": true, "array_to_string": true, "string_to_array": true,
	"make_timestamptz": true, "generate_series": true, "to_tsvector": true, "to_tsquery": true,
	"plainto_tsquery": true, "phraseto_tsquery": true, "websearch_to_tsquery": true, "ts_headline": true,
	"isfinite": true, "timestamptz": true, "timestamp": true, "date": true, "time": true, "timetz": true,
	"overlaps": true, "text": true, "pg_sleep": true, "quote_literal": true, "num_nulls": true, "num_nonnulls": true,
}

// catalogType says that a type's values are names in a catalog.
func catalogType(oid uint32) bool {
	switch oid {
	case pgtypes.OIDRegclass, pgtypes.OIDRegtype, pgtypes.OIDRegproc, pgtypes.OIDRegprocedure, pgtypes.OIDRegoper,
		pgtypes.OIDRegoperator, pgtypes.OIDRegnamespace, pgtypes.OIDRegrole:
		return true
	}
	return false
}
