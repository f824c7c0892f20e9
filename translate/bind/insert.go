package bind

import (
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/translate"
)

func (b *binder) insert(n *translate.InsertStmt) (translate.Statement, error) {
	return nil, pgerr.Unsupported("INSERT is not supported")
}

func (b *binder) update(n *translate.UpdateStmt) (translate.Statement, error) {
	return nil, pgerr.Unsupported("UPDATE is not supported")
}

func (b *binder) delete(n *translate.DeleteStmt) (translate.Statement, error) {
	return nil, pgerr.Unsupported("DELETE is not supported")
}
