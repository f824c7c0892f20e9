package main

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/spf13/cobra"

	"github.com/sqlgateway/gateway/backends"
	"github.com/sqlgateway/gateway/backends/all"
)

func newSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print a JSON Schema of the configuration file",
		Long: `Print a JSON Schema of the configuration file, for editors that complete and check YAML:

  gateway schema > gateway.schema.json
  # the first line of gateway.yaml, for the YAML language server:
  # yaml-language-server: $schema=gateway.schema.json

gateway check finds more than a schema can say.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			schema, err := configSchema()
			if err != nil {
				return err
			}
			out := json.NewEncoder(cmd.OutOrStdout())
			out.SetIndent("", "  ")
			out.SetEscapeHTML(false)
			return out.Encode(schema)
		},
	}
}

// configSchema describes the configuration file by the structs that it is read into.
func configSchema() (*jsonschema.Schema, error) {
	schema, err := schemaOf(reflect.TypeFor[config]())
	if err != nil {
		return nil, err
	}
	schema.Schema, schema.Title = "https://json-schema.org/draft/2020-12/schema", "The configuration of the gateway"
	server, err := serverSchema(all.Kinds())
	if err != nil {
		return nil, err
	}
	mount, err := schemaOf(reflect.TypeFor[mountConfig]())
	if err != nil {
		return nil, err
	}
	table, err := schemaOf(reflect.TypeFor[tableConfig]())
	if err != nil {
		return nil, err
	}
	mount.Required, table.Required = []string{"server"}, []string{"server"}
	schema.Properties["servers"] = named(server)
	schema.Properties["schemas"] = named(mount)
	schema.Properties["tables"] = named(table)
	return schema, nil
}

// named is a map from names of the user's to values of one form.
func named(value *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "object", AdditionalProperties: value}
}

// serverSchema is one of the kinds, told by its key "kind".
func serverSchema(kinds []backends.KindSpec) (*jsonschema.Schema, error) {
	server := &jsonschema.Schema{Type: "object", Required: []string{"kind"}}
	for _, spec := range kinds {
		cfg := spec.New()
		kind, err := schemaOf(reflect.TypeOf(cfg).Elem())
		if err != nil {
			return nil, fmt.Errorf("the kind %s: %w", spec.Kind, err)
		}
		kind.Title = string(spec.Kind)
		if err := addDefaults(kind, cfg); err != nil {
			return nil, fmt.Errorf("the kind %s: %w", spec.Kind, err)
		}
		var spellings []any
		for _, s := range backends.Spellings(spec.Kind) {
			spellings = append(spellings, s)
		}
		kind.Properties["kind"] = &jsonschema.Schema{Type: "string", Enum: spellings}
		kind.Required = []string{"kind"}
		server.OneOf = append(server.OneOf, kind)
	}
	return server, nil
}

// addDefaults shows the values that a new config has.
func addDefaults(schema *jsonschema.Schema, cfg backends.Config) error {
	data, err := json.Marshal(cfg)
	if err != nil {
		return err
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	for name, value := range values {
		switch property := schema.Properties[name]; {
		case property == nil || property.Type == "object" || property.Type == "array":
		case string(value) == `""` || string(value) == "0" || string(value) == "null" || string(value) == "false":
		case string(value) == `"`+backends.Redacted+`"`:
		default:
			property.Default = value
		}
	}
	return nil
}

// schemaOf is the schema of a struct as the strict decoder reads it: no key is
// required, none may be unknown.
func schemaOf(t reflect.Type) (*jsonschema.Schema, error) {
	text := &jsonschema.Schema{Type: "string"}
	schema, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[backends.Secret](): text,
		reflect.TypeFor[backends.DSN]():    text,
		reflect.TypeFor[settingValue]():    {Types: []string{"string", "number", "boolean"}},
		reflect.TypeFor[json.RawMessage](): {},
	}})
	if err != nil {
		return nil, err
	}
	loosen(schema)
	return schema, nil
}

// loosen drops what the library takes from the absence of omitempty and from pointers.
func loosen(schema *jsonschema.Schema) {
	if schema == nil {
		return
	}
	schema.Required, schema.PropertyOrder = nil, nil
	if len(schema.Types) == 2 && schema.Types[0] == "null" {
		schema.Type, schema.Types = schema.Types[1], nil
	}
	for _, p := range schema.Properties {
		loosen(p)
	}
	loosen(schema.Items)
	if schema.AdditionalProperties != nil && schema.AdditionalProperties.Not == nil {
		loosen(schema.AdditionalProperties)
	}
}
