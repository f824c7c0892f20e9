package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

// statement is transformStmt. What needs no typing is handed on as it is.
func (b *binder) statement(n translate.Node) (translate.Statement, error) {
	switch n := n.(type) {
	case *translate.SelectStmt:
		return b.selectStatement(n)
	case *translate.InsertStmt:
		return b.insert(n)
	case *translate.UpdateStmt:
		return b.update(n)
	case *translate.DeleteStmt:
		return b.delete(n)
	case *translate.MergeStmt:
		return nil, b.errorAt(n.Pos, pgerr.FeatureNotSupported, "MERGE is not supported")
	case *translate.ExplainStmt:
		return b.wrapping(n, n.Query)
	case *translate.CreateTableAsStmt:
		return b.wrapping(n, n.Query)
	case *translate.CopyStmt:
		return b.wrapping(n, n.Query)
	case *translate.DeclareCursorStmt:
		return b.wrapping(n, n.Query)
	case *translate.PrepareStmt:
		return b.prepare(n)
	default:
		return &translate.Utility{Node: n}, nil
	}
}

// wrapping binds the inner statement of a utility statement.
func (b *binder) wrapping(n, inner translate.Node) (translate.Statement, error) {
	if inner == nil {
		return &translate.Utility{Node: n}, nil
	}
	sub, err := b.statement(inner)
	if err != nil {
		return nil, err
	}
	return &translate.Utility{Node: n, Sub: sub}, nil
}

// prepare binds the statement of PREPARE; its type list declares parameters.
func (b *binder) prepare(n *translate.PrepareStmt) (translate.Statement, error) {
	for i, name := range n.ArgTypes {
		t, err := b.typeName(name)
		if err != nil {
			return nil, err
		}
		if i >= len(b.paramTypes) {
			b.paramTypes = append(b.paramTypes, t.OID)
		} else {
			b.paramTypes[i] = t.OID
		}
	}
	return b.wrapping(n, n.Query)
}

func (b *binder) selectStatement(n *translate.SelectStmt) (translate.Statement, error) {
	q, err := b.newScope(nil).selectStmt(n)
	if err != nil {
		return nil, err
	}
	return &translate.Query{Rel: q.rel, Output: b.output(q.out)}, nil
}

// output describes result columns, with the table column that each plainly is.
func (b *binder) output(out []outColumn) []translate.OutputColumn {
	cols := make([]translate.OutputColumn, len(out))
	for i, o := range out {
		// Clients are told the base types of domains.
		cols[i] = translate.OutputColumn{Name: o.Name, ID: o.ID, Type: baseTypeWithMod(o.Type), Coll: o.Coll}
		if info := b.info(o.ID); o.plain && info.table != nil {
			cols[i].TableOID, cols[i].Attr = info.table.OID, int16(info.attr+1)
		}
	}
	return cols
}
