package operator

import (
	"github.com/sqlgateway/gateway/exec/plan"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

func (b *builder) projectSet(n *plan.ProjectSet, need translate.ColumnSet) (operator, error) {
	return nil, pgerr.Unsupported("x")
}
func (b *builder) window(n *plan.Window, need translate.ColumnSet) (operator, error) {
	return nil, pgerr.Unsupported("x")
}
func (b *builder) functionScan(n *plan.FunctionScan, need translate.ColumnSet) (operator, error) {
	return nil, pgerr.Unsupported("x")
}
