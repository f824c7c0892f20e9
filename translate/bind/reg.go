package bind

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// runTimeInput says whether reading a literal of a type needs more than its text:
// the reg* types name objects of the catalog.
func runTimeInput(typ uint32) bool {
	if element := elementOf(typ); element != 0 {
		typ = element
	}
	switch typ {
	case pgtypes.OIDRegclass, pgtypes.OIDRegtype, pgtypes.OIDRegproc, pgtypes.OIDRegprocedure, pgtypes.OIDRegoper,
		pgtypes.OIDRegoperator, pgtypes.OIDRegnamespace, pgtypes.OIDRegrole:
		return true
	}
	return false
}

// regLiteral reads a literal of a reg* type: a relation or a type that is known
// becomes its OID, anything else is looked up when the statement runs.
func (b *binder) regLiteral(out *translate.Const, text string, at int) (translate.Expr, error) {
	var oid uint32
	switch out.Typ.OID {
	case pgtypes.OIDRegclass:
		schema, name, ok := relationName(text)
		if !ok {
			break
		}
		t, err := b.findTable(schema, name)
		if err != nil {
			return nil, err
		}
		if t != nil {
			oid = t.OID
		}
	case pgtypes.OIDRegtype:
		oid = typeLiteral(text)
	}
	if oid != 0 {
		out.Value = int64(oid)
		return out, nil
	}
	source := &translate.Const{Typed: typed(pgtypes.OIDText, at), Value: text}
	return castNode(source, out.Typ.OID, pathway{method: translate.CastIO}, implicit, out.Pos), nil
}

// relationName splits a possibly qualified name as it is written in SQL.
func relationName(text string) (schema, name string, ok bool) {
	var parts []string
	for rest := strings.TrimSpace(text); ; {
		part, tail, valid := leadingName(rest)
		if !valid {
			return "", "", false
		}
		parts = append(parts, part)
		if tail == "" {
			break
		}
		if tail[0] != '.' {
			return "", "", false
		}
		rest = tail[1:]
	}
	switch len(parts) {
	case 1:
		return "", parts[0], true
	case 2:
		return parts[0], parts[1], true
	}
	return "", "", false
}

// leadingName takes one identifier, folding case unless it is quoted.
func leadingName(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		end := strings.IndexByte(s[1:], '"')
		if end <= 0 || strings.HasPrefix(s[end+2:], `"`) {
			return "", "", false // empty, unfinished, or with a quote inside: rare enough for run time
		}
		return s[1 : end+1], s[end+2:], true
	}
	end := strings.IndexByte(s, '.')
	if end < 0 {
		end = len(s)
	}
	name = s[:end]
	if name == "" || strings.ContainsAny(name, "\" '()[]-") || name[0] >= '0' && name[0] <= '9' {
		return "", "", false
	}
	return strings.ToLower(name), s[end:], true
}

// typeLiteral is the type that a text names, 0 if it is not one of the built-in.
func typeLiteral(text string) uint32 {
	for _, c := range text {
		if c != ' ' && c != '_' && c != '[' && c != ']' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return 0
		}
	}
	stmts, err := translate.Parse("select null::" + text)
	if err != nil || len(stmts) != 1 {
		return 0
	}
	q, ok := stmts[0].Node.(*translate.SelectStmt)
	if !ok || len(q.Targets) != 1 {
		return 0
	}
	c, ok := q.Targets[0].Value.(*translate.TypeCast)
	if !ok || q.Targets[0].Name != "" {
		return 0
	}
	t, err := ResolveType(c.TypeName)
	if err != nil {
		return 0
	}
	return t.OID
}
