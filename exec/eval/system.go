package eval

import (
	crand "crypto/rand"
	"math/rand/v2"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
)

// Version is what version() says.
const Version = "PostgreSQL 15.18 (gateway)"

// systemFunctions tell of the session and of values in general.
var systemFunctions = map[string]builtin{
	"pgsql_version":    f0c(func(*call) (string, error) { return Version, nil }),
	"current_user":     f0c(func(c *call) (string, error) { return c.ctx.User, nil }),
	"session_user":     f0c(func(c *call) (string, error) { return firstOf(c.ctx.SessionUser, c.ctx.User), nil }),
	"current_database": f0c(func(c *call) (string, error) { return c.ctx.Database, nil }),
	"current_schema": f0c(func(c *call) (string, error) {
		for _, schema := range c.ctx.SearchPath {
			if !strings.HasPrefix(schema, "pg_") {
				return schema, nil
			}
		}
		return "", errNull
	}),
	"current_schemas": f1c(func(c *call, implicit bool) (pgtypes.Array, error) {
		var names []pgtypes.Datum
		if implicit {
			names = append(names, "pg_catalog")
		}
		for _, schema := range c.ctx.SearchPath {
			if schema != "pg_catalog" || !implicit && c.named("pg_catalog") {
				names = append(names, schema)
			}
		}
		return pgtypes.NewArray(pgtypes.OIDName, names), nil
	}),
	"pg_backend_pid":     f0c(func(c *call) (int32, error) { return c.ctx.ProcessID, nil }),
	"pg_sleep":           f1c(sleep),
	"pg_sleep_for(1186)": f1c(sleepFor),
	"pg_client_encoding": f0c(func(*call) (string, error) { return "UTF8", nil }),
	"show_config_by_name": f1c(func(c *call, name string) (string, error) {
		if value, ok := c.setting(name); ok {
			return value, nil
		}
		return "", pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter \"%s\"", name)
	}),
	"show_config_by_name_missing_ok": f2c(func(c *call, name string, missing bool) (string, error) {
		if value, ok := c.setting(name); ok {
			return value, nil
		}
		if missing {
			return "", errNull
		}
		return "", pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter \"%s\"", name)
	}),
	"set_config_by_name": asVolatile(f3c(func(c *call, name, value string, local bool) (string, error) {
		if c.ctx.SetSetting == nil {
			return "", pgerr.Unsupported("set_config is not supported here")
		}
		return c.ctx.SetSetting(strings.Clone(name), strings.Clone(value), local)
	})),
	"pg_typeof": fnNulls(func(c *call, _ []pgtypes.Datum) (pgtypes.Datum, error) { return int64(c.args[0].OID), nil }),
	"pg_num_nulls": fnNulls(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		a, _ = spread(a, c.args, c)
		n := int32(0)
		for _, d := range a {
			if d == nil {
				n++
			}
		}
		return n, nil
	}),
	"pg_num_nonnulls": fnNulls(func(c *call, a []pgtypes.Datum) (pgtypes.Datum, error) {
		a, _ = spread(a, c.args, c)
		n := int32(0)
		for _, d := range a {
			if d != nil {
				n++
			}
		}
		return n, nil
	}),
	"gen_random_uuid": asVolatile(f0c(func(*call) ([16]byte, error) {
		var u [16]byte
		if _, err := crand.Read(u[:]); err != nil {
			return u, err
		}
		u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
		return u, nil
	})),
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (c *call) setting(name string) (string, bool) {
	if c.ctx.Setting == nil {
		return "", false
	}
	return c.ctx.Setting(strings.ToLower(name))
}

// random is the session's generator.
func (c *call) random() *rand.Rand {
	if c.ctx.Random == nil {
		c.ctx.Random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) //nolint:gosec // random() is no secret
	}
	return c.ctx.Random
}

// setSeed makes the following values of random() repeatable, though not those
// that Postgres's generator would give.
func setSeed(c *call, seed float64) (string, error) {
	if seed < -1 || seed > 1 || seed != seed {
		return "", pgerr.New(pgerr.InvalidParameterValue, "setseed parameter %s is out of allowed range [-1,1]", string(pgtypes.AppendFloat8(nil, seed, -9)))
	}
	c.ctx.Random = rand.New(rand.NewPCG(uint64(int64(seed*(1<<52))), 0)) //nolint:gosec // random() is no secret
	return "", nil
}

// named says whether search_path itself names a schema: pg_catalog is searched in
// any case, but only shown as part of the path if it is written there.
func (c *call) named(schema string) bool {
	path, _ := c.setting("search_path")
	for _, part := range strings.Split(path, ",") {
		if strings.Trim(strings.TrimSpace(part), `"`) == schema {
			return true
		}
	}
	return false
}
