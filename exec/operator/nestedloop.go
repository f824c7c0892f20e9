package operator

import (
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/translate"
)

// nestedLoop joins on any condition. It is a hash join without keys: every row of
// the right side is a candidate for every row of the left.
func (b *builder) nestedLoop(n *plan.NestedLoop, need translate.ColumnSet) (operator, error) {
	join := &plan.HashJoin{Info: n.Info, Kind: n.Kind, Left: n.Left, Right: n.Right, Residual: n.On}
	op, err := b.hashJoin(join, need)
	if err != nil {
		return nil, err
	}
	op.(*hashJoinOp).stats = b.stats(n)
	return op, nil
}
