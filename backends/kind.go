package backends

// Kind is what sort of source a backend is.
type Kind string

// The kinds, in their canonical spelling.
const (
	KindPostgres    Kind = "postgres"
	KindMySQL       Kind = "mysql"
	KindSQLite      Kind = "sqlite"
	KindDuckDB      Kind = "duckdb"
	KindKafka       Kind = "kafka"
	KindKinesis     Kind = "kinesis"
	KindPubSub      Kind = "pubsub"
	KindRabbitMQ    Kind = "rabbitmq"
	KindDelta       Kind = "delta"
	KindObjectStore Kind = "object_store"
	// KindMem keeps tables in memory: the oracle of tests.
	KindMem Kind = "mem"
)

// aliases are the other spellings that a config may use.
var aliases = map[string]Kind{
	"my_sql": KindMySQL, "duck_db": KindDuckDB, "pub_sub": KindPubSub, "rabbit_mq": KindRabbitMQ,
}

// ParseKind reads a kind in any of its spellings.
func ParseKind(s string) Kind {
	if k, ok := aliases[s]; ok {
		return k
	}
	return Kind(s)
}

// Spellings are the ways to write a kind, the canonical one first.
func Spellings(k Kind) []string {
	list := []string{string(k)}
	for alias, kind := range aliases {
		if kind == k {
			list = append(list, alias)
		}
	}
	return list
}
