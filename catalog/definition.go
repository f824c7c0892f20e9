package catalog

import (
	"fmt"
	"sort"
	"strings"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/translate"
)

// Definition is what a catalog is made of: the part of the configuration that says
// where data is.
type Definition struct {
	// Database is the name that current_database() gives.
	Database string
	// DefaultServer is where CREATE TABLE without a mapped schema goes; "" for nowhere.
	DefaultServer string
	Servers       map[string]backends.Config
	// Schemas mounts whole remote schemas, by the name clients see.
	Schemas map[string]Mount
	// Tables maps single tables, by "schema.table".
	Tables map[string]Mapping
}

// Mount shows a remote schema under a local name.
type Mount struct {
	Server string
	Remote string // the schema's name at the server
}

// Mapping shows one remote table under a local name, with what discovery can not
// know.
type Mapping struct {
	Server string
	Remote translate.RemoteName
	// Keys are columns that identify a row.
	Keys []string
}

// Validate reports every fault, with paths into the configuration file.
func (d *Definition) Validate() []backends.Fault {
	var faults []backends.Fault
	fault := func(path, format string, args ...any) {
		faults = append(faults, backends.Fault{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	server := func(path, name string) {
		if _, ok := d.Servers[name]; !ok {
			fault(path+".server", "no server %q; the servers are %s", name, strings.Join(sortedKeys(d.Servers), ", "))
		}
	}
	if d.DefaultServer != "" {
		if _, ok := d.Servers[d.DefaultServer]; !ok {
			fault("default_server", "no server %q; the servers are %s", d.DefaultServer, strings.Join(sortedKeys(d.Servers), ", "))
		}
	}
	for _, name := range sortedKeys(d.Schemas) {
		if reservedSchema(name) {
			fault("schemas."+name, "the name %q is reserved", name)
		}
		server("schemas."+name, d.Schemas[name].Server)
	}
	for _, name := range sortedKeys(d.Tables) {
		schema, table, ok := strings.Cut(name, ".")
		if !ok || schema == "" || table == "" {
			fault("tables."+name, "a table is named schema.table")
			continue
		}
		if reservedSchema(schema) {
			fault("tables."+name, "the schema name %q is reserved", schema)
		}
		server("tables."+name, d.Tables[name].Server)
	}
	return faults
}

// reservedSchema says whether a schema belongs to the gateway itself.
func reservedSchema(name string) bool {
	return strings.HasPrefix(name, "pg_") || name == "information_schema" || name == "gateway"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
