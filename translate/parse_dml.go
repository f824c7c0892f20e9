package translate

import pgquery "github.com/pganalyze/pg_query_go/v6"

func (c *converter) insert(n *pgquery.InsertStmt, at At) *InsertStmt {
	s := &InsertStmt{
		At: at, With: c.with(n.GetWithClause()), Relation: c.rangeVar(n.GetRelation()), Columns: c.targets(n.GetCols()),
		Source: c.query(n.GetSelectStmt()), Override: override(n.GetOverride()), Returning: c.targets(n.GetReturningList()),
	}
	if on := n.GetOnConflictClause(); on != nil {
		s.OnConflict = &OnConflictClause{
			At: c.at(on.GetLocation()), DoNothing: on.GetAction() == pgquery.OnConflictAction_ONCONFLICT_NOTHING,
			Sets: c.targets(on.GetTargetList()), Where: c.expr(on.GetWhereClause()),
		}
		if i := on.GetInfer(); i != nil {
			s.OnConflict.Infer = &InferClause{
				At: c.at(i.GetLocation()), Elems: c.indexElems(i.GetIndexElems()),
				Where: c.expr(i.GetWhereClause()), Constraint: i.GetConname(),
			}
		}
	}
	return s
}

func override(k pgquery.OverridingKind) Override {
	switch k {
	case pgquery.OverridingKind_OVERRIDING_USER_VALUE:
		return OverrideUser
	case pgquery.OverridingKind_OVERRIDING_SYSTEM_VALUE:
		return OverrideSystem
	}
	return OverrideNone
}

func (c *converter) update(n *pgquery.UpdateStmt, at At) *UpdateStmt {
	return &UpdateStmt{
		At: at, With: c.with(n.GetWithClause()), Relation: c.rangeVar(n.GetRelation()), Sets: c.targets(n.GetTargetList()),
		From: c.fromList(n.GetFromClause()), Where: c.expr(n.GetWhereClause()), Returning: c.targets(n.GetReturningList()),
	}
}

func (c *converter) delete(n *pgquery.DeleteStmt, at At) *DeleteStmt {
	return &DeleteStmt{
		At: at, With: c.with(n.GetWithClause()), Relation: c.rangeVar(n.GetRelation()),
		Using: c.fromList(n.GetUsingClause()), Where: c.expr(n.GetWhereClause()), Returning: c.targets(n.GetReturningList()),
	}
}

// merge converts MERGE. RETURNING and NOT MATCHED BY SOURCE are later than 15.
func (c *converter) merge(n *pgquery.MergeStmt, at At) *MergeStmt {
	if len(n.GetReturningList()) > 0 {
		c.newer("returning", c.returningOffset())
	}
	s := &MergeStmt{
		At: at, With: c.with(n.GetWithClause()), Relation: c.rangeVar(n.GetRelation()),
		Source: c.from(n.GetSourceRelation()), On: c.expr(n.GetJoinCondition()),
	}
	for _, node := range n.GetMergeWhenClauses() {
		w := node.GetMergeWhenClause()
		if w.GetMatchKind() == pgquery.MergeMatchKind_MERGE_WHEN_NOT_MATCHED_BY_SOURCE {
			c.newer("by", -1)
		}
		s.Whens = append(s.Whens, &MergeWhen{
			Matched: w.GetMatchKind() == pgquery.MergeMatchKind_MERGE_WHEN_MATCHED, Cond: c.expr(w.GetCondition()),
			Action: mergeAction(w.GetCommandType()), Override: override(w.GetOverride()),
			Columns: c.targets(w.GetTargetList()), Values: c.exprs(w.GetValues()),
		})
	}
	return s
}

// returningOffset finds the last word RETURNING of the text.
func (c *converter) returningOffset() int32 {
	at := int32(-1)
	for scan := NewScanner(c.text); ; {
		t := scan.Next()
		switch {
		case t.Kind == TokenEnd || t.Kind == TokenMalformed:
			return at
		case t.Kind == TokenIdentifier && equalFold(c.text[t.Start:t.End], "returning"):
			at = int32(t.Start)
		}
	}
}

func equalFold(word, lower string) bool {
	if len(word) != len(lower) {
		return false
	}
	for i := range len(word) {
		if word[i]|0x20 != lower[i] {
			return false
		}
	}
	return true
}

func mergeAction(k pgquery.CmdType) MergeAction {
	switch k {
	case pgquery.CmdType_CMD_INSERT:
		return MergeInsert
	case pgquery.CmdType_CMD_UPDATE:
		return MergeUpdate
	case pgquery.CmdType_CMD_DELETE:
		return MergeDelete
	}
	return MergeNothing
}
