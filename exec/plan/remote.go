package plan

import (
	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/internal/pgerr"
	t "github.com/sqlgateway/gateway/translate"
)

// claim is what a source promises of an expression that is sent to it.
type claim uint8

// The claims: it stays here; it may let too many rows through, so the condition is
// also checked here; it gives exactly Postgres's result.
const (
	claimNone claim = iota
	claimSuperset
	claimExact
)

// remoteTarget asks a server's dialect what may be sent, and renders it.
type remoteTarget struct {
	p       *planner
	kind    string
	dialect *t.Dialect
}

func (p *planner) remote(server string) remoteTarget {
	d := p.domain(server)
	return remoteTarget{p: p, kind: d.Kind, dialect: d.Dialect}
}

// scanOnly says that only columns of tables come from the server: it has no SQL,
// or nothing may be pushed.
func (rt remoteTarget) scanOnly() bool {
	return rt.dialect == nil || rt.p.env.Pushdown == PushOff
}

var noteOff = Note{Code: "pushdownOff", Text: "gateway.pushdown is off"}

var noteNoSQL = Note{Code: "noSQL", Text: "the source takes no query text"}

// refuse is the reason why a server that only scans takes nothing else.
func (rt remoteTarget) refuse() Note {
	if rt.dialect == nil {
		return noteNoSQL
	}
	return noteOff
}

// condition asks whether a conjunct of WHERE may be sent.
func (rt remoteTarget) condition(e t.Expr) (claim, Note) {
	if rt.scanOnly() {
		return claimNone, rt.refuse()
	}
	return claimNone, Note{}
}

// value asks whether an expression gives exactly Postgres's value.
func (rt remoteTarget) value(e t.Expr) (bool, Note) {
	if rt.scanOnly() {
		return false, rt.refuse()
	}
	return false, Note{}
}

// operator asks whether the topmost operator of r, whose inputs the server answers
// already, may be sent too.
func (rt remoteTarget) operator(r t.Rel) (bool, Note) {
	if rt.scanOnly() {
		return false, rt.refuse()
	}
	return false, Note{}
}

// whole asks whether a query may be sent as it was written.
func (rt remoteTarget) whole(r t.Rel) bool { return false }

// render makes the query text of r.
func (rt remoteTarget) render(r t.Rel, cols []t.Column) (*backends.QueryFragment, []SourceArg, error) {
	return nil, nil, pgerr.Internal("no rendering")
}
