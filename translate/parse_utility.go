package translate

import (
	"fmt"
	"strings"

	pgquery "github.com/pganalyze/pg_query_go/v6"
)

// utility converts a statement of any kind that begins at at.
func (c *converter) utility(node *pgquery.Node, at At) Node {
	switch n := node.GetNode().(type) {
	case *pgquery.Node_SelectStmt:
		s := c.selectStmt(n.SelectStmt)
		return s
	case *pgquery.Node_InsertStmt:
		return c.insert(n.InsertStmt, at)
	case *pgquery.Node_UpdateStmt:
		return c.update(n.UpdateStmt, at)
	case *pgquery.Node_DeleteStmt:
		return c.delete(n.DeleteStmt, at)
	case *pgquery.Node_MergeStmt:
		return c.merge(n.MergeStmt, at)
	case *pgquery.Node_TransactionStmt:
		return c.transaction(n.TransactionStmt, at)
	case *pgquery.Node_VariableSetStmt:
		return c.variableSet(n.VariableSetStmt, at)
	case *pgquery.Node_VariableShowStmt:
		return &VariableShowStmt{At: at, Name: n.VariableShowStmt.GetName()}
	case *pgquery.Node_PrepareStmt:
		return c.prepare(n.PrepareStmt, at)
	case *pgquery.Node_ExecuteStmt:
		return &ExecuteStmt{At: at, Name: n.ExecuteStmt.GetName(), Args: c.exprs(n.ExecuteStmt.GetParams())}
	case *pgquery.Node_DeallocateStmt:
		return &DeallocateStmt{At: at, Name: n.DeallocateStmt.GetName()}
	case *pgquery.Node_ExplainStmt:
		return &ExplainStmt{At: at, Query: c.utility(n.ExplainStmt.GetQuery(), at), Options: c.options(n.ExplainStmt.GetOptions())}
	case *pgquery.Node_CopyStmt:
		return c.copy(n.CopyStmt, at)
	case *pgquery.Node_DeclareCursorStmt:
		return c.declareCursor(n.DeclareCursorStmt, at)
	case *pgquery.Node_FetchStmt:
		return &FetchStmt{
			At: at, Direction: FetchDirection(n.FetchStmt.GetDirection() - pgquery.FetchDirection_FETCH_FORWARD),
			Count: n.FetchStmt.GetHowMany(), Cursor: n.FetchStmt.GetPortalname(), Move: n.FetchStmt.GetIsmove(),
		}
	case *pgquery.Node_ClosePortalStmt:
		return &ClosePortalStmt{At: at, Cursor: n.ClosePortalStmt.GetPortalname()}
	default:
		return c.sessionCommand(node, at)
	}
}

// sessionCommand converts the smaller commands that are neither queries nor DDL.
func (c *converter) sessionCommand(node *pgquery.Node, at At) Node {
	switch n := node.GetNode().(type) {
	case *pgquery.Node_ListenStmt:
		return &ListenStmt{At: at, Channel: n.ListenStmt.GetConditionname()}
	case *pgquery.Node_UnlistenStmt:
		return &UnlistenStmt{At: at, Channel: n.UnlistenStmt.GetConditionname()}
	case *pgquery.Node_NotifyStmt:
		return &NotifyStmt{At: at, Channel: n.NotifyStmt.GetConditionname(), Payload: n.NotifyStmt.GetPayload()}
	case *pgquery.Node_DiscardStmt:
		return &DiscardStmt{At: at, Target: strings.TrimPrefix(n.DiscardStmt.GetTarget().String(), "DISCARD_")}
	case *pgquery.Node_LockStmt:
		return &LockStmt{
			At: at, Relations: c.rangeVars(n.LockStmt.GetRelations()), Mode: int(n.LockStmt.GetMode()), NoWait: n.LockStmt.GetNowait(),
		}
	case *pgquery.Node_VacuumStmt:
		return c.vacuum(n.VacuumStmt, at)
	case *pgquery.Node_CallStmt:
		call, _ := c.call(n.CallStmt.GetFunccall()).(*FuncCall)
		return &CallStmt{At: at, Call: call}
	case *pgquery.Node_DoStmt:
		return c.do(n.DoStmt, at)
	case *pgquery.Node_CheckPointStmt:
		return &CheckPointStmt{At: at}
	case *pgquery.Node_ConstraintsSetStmt:
		return &ConstraintsSetStmt{At: at, Constraints: c.rangeVars(n.ConstraintsSetStmt.GetConstraints()), Deferred: n.ConstraintsSetStmt.GetDeferred()}
	default:
		return c.definition(node, at)
	}
}

func (c *converter) transaction(n *pgquery.TransactionStmt, at At) Node {
	return &TransactionStmt{
		At: at, Kind: TransactionKind(n.GetKind() - pgquery.TransactionStmtKind_TRANS_STMT_BEGIN), Savepoint: n.GetSavepointName(),
		GID: n.GetGid(), Chain: n.GetChain(), Options: c.options(n.GetOptions()),
	}
}

func (c *converter) variableSet(n *pgquery.VariableSetStmt, at At) Node {
	s := &VariableSetStmt{
		At: at, Kind: VariableSetKind(n.GetKind() - pgquery.VariableSetKind_VAR_SET_VALUE), Name: n.GetName(), Local: n.GetIsLocal(),
	}
	if s.Kind == SetMulti {
		s.Options = c.options(n.GetArgs())
		return s
	}
	s.Args = c.exprs(n.GetArgs())
	return s
}

func (c *converter) prepare(n *pgquery.PrepareStmt, at At) Node {
	s := &PrepareStmt{At: at, Name: n.GetName(), Query: c.utility(n.GetQuery(), at)}
	for _, t := range n.GetArgtypes() {
		s.ArgTypes = append(s.ArgTypes, c.typeName(t.GetTypeName()))
	}
	return s
}

func (c *converter) copy(n *pgquery.CopyStmt, at At) Node {
	s := &CopyStmt{
		At: at, Relation: c.rangeVar(n.GetRelation()), Columns: names(n.GetAttlist()), From: n.GetIsFrom(), Program: n.GetIsProgram(),
		Filename: n.GetFilename(), Options: c.options(n.GetOptions()), Where: c.expr(n.GetWhereClause()),
	}
	if n.GetQuery() != nil {
		s.Query = c.utility(n.GetQuery(), at)
	}
	return s
}

// Bits of DeclareCursorStmt.options (nodes/parsenodes.h).
const (
	cursorBinary = 1 << iota
	cursorScroll
	cursorNoScroll
	cursorInsensitive
	cursorAsensitive
	cursorHold
)

func (c *converter) declareCursor(n *pgquery.DeclareCursorStmt, at At) Node {
	o := n.GetOptions()
	return &DeclareCursorStmt{
		At: at, Name: n.GetPortalname(), Query: c.utility(n.GetQuery(), at),
		Binary: o&cursorBinary != 0, Scroll: o&cursorScroll != 0, NoScroll: o&cursorNoScroll != 0,
		Insensitive: o&cursorInsensitive != 0, Asen: o&cursorAsensitive != 0, Hold: o&cursorHold != 0,
	}
}

func (c *converter) vacuum(n *pgquery.VacuumStmt, at At) Node {
	s := &VacuumStmt{At: at, Analyze: !n.GetIsVacuumcmd(), Options: c.options(n.GetOptions())}
	for _, r := range n.GetRels() {
		v := r.GetVacuumRelation()
		s.Relations = append(s.Relations, VacuumRelation{Relation: c.rangeVar(v.GetRelation()), Columns: names(v.GetVaCols())})
	}
	return s
}

func (c *converter) do(n *pgquery.DoStmt, at At) Node {
	s := &DoStmt{At: at}
	for _, o := range c.options(n.GetArgs()) {
		text := ""
		if k, ok := o.Value.(*AConst); ok {
			text = k.Text
		}
		if o.Name == "language" {
			s.Language = text
		} else {
			s.Body = text
		}
	}
	return s
}

// options converts a list of name = value.
func (c *converter) options(nodes []*pgquery.Node) []*DefElem {
	var list []*DefElem
	for _, n := range nodes {
		d := n.GetDefElem()
		if d == nil {
			continue
		}
		item := &DefElem{At: c.at(d.GetLocation()), Namespace: d.GetDefnamespace(), Name: d.GetDefname(), Value: c.optionValue(d.GetArg())}
		switch d.GetDefaction() {
		case pgquery.DefElemAction_DEFELEM_SET:
			item.Action = "SET"
		case pgquery.DefElemAction_DEFELEM_ADD:
			item.Action = "ADD"
		case pgquery.DefElemAction_DEFELEM_DROP:
			item.Action = "DROP"
		}
		list = append(list, item)
	}
	return list
}

// optionValue converts the bare values that stand only in options.
func (c *converter) optionValue(node *pgquery.Node) Node {
	switch v := node.GetNode().(type) {
	case *pgquery.Node_String_:
		return &AConst{Kind: ConstString, Text: v.String_.GetSval()}
	case *pgquery.Node_Integer:
		return &AConst{Kind: ConstInteger, Int: v.Integer.GetIval()}
	case *pgquery.Node_Float:
		return &AConst{Kind: ConstFloat, Text: v.Float.GetFval()}
	case *pgquery.Node_Boolean:
		return &AConst{Kind: ConstBoolean, Bool: v.Boolean.GetBoolval()}
	case *pgquery.Node_List:
		list := &List{}
		for _, item := range v.List.GetItems() {
			list.Items = append(list.Items, c.optionValue(item))
		}
		return list
	case *pgquery.Node_RangeVar:
		return c.rangeVar(v.RangeVar)
	}
	return c.expr(node)
}

// nodeKind is the Go name of a node's kind: "Node_CreateFunctionStmt".
func nodeKind(node *pgquery.Node) string {
	name := fmt.Sprintf("%T", node.GetNode())
	return name[strings.LastIndexByte(name, '.')+1:]
}
