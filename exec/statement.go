package exec

import (
	"context"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgbuiltin"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/internal/session"
	"github.com/sqlgateway/gateway/translate"
	"github.com/sqlgateway/gateway/translate/bind"
)

// prepared is a prepared statement, of the protocol or of SQL PREPARE.
type prepared struct {
	name     string
	text     string         // the statement's own text
	source   string         // the text that positions count in
	node     translate.Node // nil for an empty text
	declared []uint32       // parameter types that the client gave
	fromSQL  bool
	compiled *compiled
}

// compiled is what a statement means against one snapshot and the settings that
// names and literals depend on. It is immutable but for the plan, which is made
// when first needed.
type compiled struct {
	snapshot uint64
	settings uint64
	// definitions are those that the transaction had made; see transaction.
	definitions uint64
	bound       translate.Statement
	params      []uint32
	// fields are the result columns in text format; nil for no rows.
	fields []session.Field
	relay  *relayed
	plan   *plan.Plan
}

// fresh says whether c still holds.
func (c *compiled) fresh(s *Session, snapshot *catalog.Snapshot) bool {
	return c != nil && c.snapshot == snapshot.Version && c.settings == s.values.Version && c.definitions == s.tx.definitions
}

// compile gives a statement's meaning, from before if that still holds.
func (s *Session) compile(ctx context.Context, st *prepared, snapshot *catalog.Snapshot) (*compiled, error) {
	if st.compiled.fresh(s, snapshot) {
		return st.compiled, nil
	}
	c := &compiled{snapshot: snapshot.Version, settings: s.values.Version, definitions: s.tx.definitions}
	if relay, err := s.relayFor(ctx, st, snapshot); err != nil {
		return nil, err
	} else if relay != nil {
		c.relay = relay
		c.params, c.fields = relay.params, relay.fields
		st.compiled = c
		return c, nil
	}
	if st.node == nil { // it was relayed without a parse, and no longer is
		list, err := translate.Parse(st.source)
		if err != nil {
			return nil, err
		}
		st.node, st.text = list[0].Node, list[0].Text
	}
	if err := s.bindInto(ctx, c, st, snapshot); err != nil {
		return nil, err
	}
	if old := st.compiled; old != nil && !sameFields(old.fields, c.fields) && s.isOpen(st) {
		return nil, pgerr.Unsupported("cached plan must not change result type")
	}
	st.compiled = c
	return c, nil
}

func (s *Session) isOpen(st *prepared) bool {
	_, ok := s.statements[st.name]
	return ok && st.name != ""
}

func sameFields(a, b []session.Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].Type != b[i].Type {
			return false
		}
	}
	return true
}

// bindInto binds the statement without the relay.
func (s *Session) bindInto(ctx context.Context, c *compiled, st *prepared, snapshot *catalog.Snapshot) error {
	style := s.values.Style()
	style.Now = s.tx.now()
	bound, params, err := bind.Bind(ctx, st.node, st.source, bind.Options{
		Catalog: s.namespace(snapshot), ParamTypes: st.declared, Style: style,
	})
	if err != nil {
		return err
	}
	c.bound, c.params = bound, params
	if _, ok := st.node.(*translate.PrepareStmt); ok {
		c.params = nil // they are those of the statement inside
	}
	c.fields, err = s.resultFields(ctx, bound)
	return err
}

// resultFields are the columns that a bound statement returns; nil for none.
func (s *Session) resultFields(ctx context.Context, bound translate.Statement) ([]session.Field, error) {
	switch b := bound.(type) {
	case *translate.Query:
		return outputFields(b.Output), nil
	case *translate.Insert:
		return returningFields(b.Returning), nil
	case *translate.Update:
		return returningFields(b.Returning), nil
	case *translate.Delete:
		return returningFields(b.Returning), nil
	case *translate.Utility:
		return s.utilityFields(ctx, b)
	}
	return nil, nil
}

func returningFields(r *translate.Returning) []session.Field {
	if r == nil {
		return nil
	}
	return outputFields(r.Output)
}

func outputFields(output []translate.OutputColumn) []session.Field {
	fields := make([]session.Field, len(output))
	for i, c := range output {
		fields[i] = field(c.Name, c.Type)
		fields[i].TableOID, fields[i].Column = c.TableOID, c.Attr
	}
	return fields
}

// field is a result column in text format.
func field(name string, t pgtypes.Type) session.Field {
	f := session.Field{Name: name, Type: t, TypeSize: -1}
	if known := pgbuiltin.TypeByOID(t.OID); known != nil {
		f.TypeSize = int16(known.Len)
	}
	return f
}

// withFormats sets the formats that Bind asked for: none is text, one is for all.
func withFormats(fields []session.Field, formats []int16) ([]session.Field, error) {
	if len(formats) > 1 && len(formats) != len(fields) {
		return nil, pgerr.New(pgerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", len(formats), len(fields))
	}
	if len(formats) == 0 || fields == nil {
		return fields, nil
	}
	set := make([]session.Field, len(fields))
	copy(set, fields)
	for i := range set {
		set[i].Format = formats[min(i, len(formats)-1)]
		if set[i].Format != 0 && set[i].Format != 1 {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "unsupported format code: %d", set[i].Format)
		}
	}
	return set, nil
}
