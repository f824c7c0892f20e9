package eval

import (
	"context"
	"math/rand/v2"
	"sync"

	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Context is what a running statement says of itself to its expressions. Its
// fields are set before the first batch and only read afterwards, but for
// ExecParams, which belong to one worker; Fork makes a worker's own.
type Context struct {
	// Context ends when the statement is cancelled; long-running functions look at it.
	Context context.Context
	Style   pgtypes.Style

	// TransactionTime and StatementTime are microseconds since 1970 (UTC).
	TransactionTime int64
	StatementTime   int64

	User        string
	SessionUser string
	Database    string
	SearchPath  []string
	ProcessID   int32

	// Setting is current_setting's look-up; nil means that there are none.
	Setting func(name string) (string, bool)
	// SetSetting is set_config's effect; nil means that it is not possible here.
	SetSetting func(name, value string, local bool) (string, error)
	// Lookup serves the functions that ask the catalog (regclass input and output,
	// to_regclass, pg_table_is_visible, pg_get_*, format_type of user types): by
	// prosrc, with the arguments; ok is false for a function it does not know.
	Lookup func(prosrc string, args []pgtypes.Datum) (value pgtypes.Datum, ok bool, err error)

	// Params are the statement's parameters; $1 is Params[0].
	Params []pgtypes.Datum
	// ExecParams are the values of the plan's slots.
	ExecParams []pgtypes.Datum

	// Random is the session's generator; setseed seeds it. Nil means a fresh one.
	Random *rand.Rand

	// Grow accounts for memory that a function or aggregate is about to hold beyond
	// one batch; nil means unlimited.
	Grow func(bytes int64) error
}

// forking is held while a generator is drawn from for another: workers fork the
// statement's Context at the same time.
var forking sync.Mutex

// Fork is a copy with ExecParams and a generator of its own, for another worker.
func (c *Context) Fork() *Context {
	fork := *c
	fork.ExecParams = append([]pgtypes.Datum(nil), c.ExecParams...)
	draw := rand.Uint64
	if c.Random != nil {
		forking.Lock()
		defer forking.Unlock()
		draw = c.Random.Uint64
	}
	fork.Random = rand.New(rand.NewPCG(draw(), draw())) //nolint:gosec // random() is no secret
	return &fork
}
