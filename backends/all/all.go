// Package all lists the kinds of backends that this program has, one line each. It
// is the only place that knows them all.
package all

import (
	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/delta"
	"github.com/sqlgateway/gateway/backends/kafka"
	"github.com/sqlgateway/gateway/backends/kinesis"
	"github.com/sqlgateway/gateway/backends/mem"
	"github.com/sqlgateway/gateway/backends/mysql"
	"github.com/sqlgateway/gateway/backends/objectstore"
	"github.com/sqlgateway/gateway/backends/postgres"
	"github.com/sqlgateway/gateway/backends/rabbitmq"
	"github.com/sqlgateway/gateway/backends/sqlite"
)

// Kinds is the list to pass to backends.ParseConfig and backends.Open.
func Kinds() []backends.KindSpec {
	return []backends.KindSpec{
		delta.Spec(),
		kafka.Spec(),
		kinesis.Spec(),
		objectstore.Spec(),
		mem.Spec(),
		mysql.Spec(),
		postgres.Spec(),
		rabbitmq.Spec(),
		sqlite.Spec(),
	}
}
