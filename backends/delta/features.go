package delta

import (
	"slices"
	"sort"
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// readerFeatures are those that readers have to know, and that are known here.
// vacuumProtocolCheck asks nothing of who only reads, and the variant features only
// something of columns of that type, which are refused as such.
var readerFeatures = []string{
	"columnMapping", "deletionVectors", "timestampNtz", "typeWidening", "typeWidening-preview", "v2Checkpoint",
	"vacuumProtocolCheck", "variantType", "variantType-preview", "variantShredding", "variantShredding-preview",
}

// writerFeatures are those that ask nothing of a writer who appends and replaces
// files, or what is done here: a table with another is not written to.
//
//   - changeDataFeed: commits that only add, or only remove whole files, need no change files.
//   - deletionVectors, v2Checkpoint, typeWidening: a writer may leave the former two alone, and writes
//     the types that the schema has.
//   - columnMapping, generatedColumns, identityColumns, allowColumnDefaults, checkConstraints, invariants:
//     only while the table has none, see writable.
//   - domainMetadata: what is there is carried into checkpoints.
var writerFeatures = []string{
	"appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "columnMapping", "identityColumns",
	"allowColumnDefaults", "deletionVectors", "timestampNtz", "typeWidening", "typeWidening-preview", "v2Checkpoint",
	"vacuumProtocolCheck", "domainMetadata", "variantType", "variantType-preview", "variantShredding", "variantShredding-preview",
}

// The newest versions of the protocol, which list features.
const (
	featureReader = 3
	featureWriter = 7
)

// readable refuses a table that asks for more than is known here.
func (p *protocol) readable() error {
	if p.MinReader > featureReader {
		return pgerr.Unsupported("reading this Delta table needs reader version %d, and up to %d is supported", p.MinReader, featureReader)
	}
	if p.MinReader == featureReader {
		if unknown := unknownFeatures(p.ReaderFeatures, readerFeatures); unknown != "" {
			return pgerr.Unsupported("reading this Delta table needs reader feature %s, which is not supported", unknown)
		}
	}
	return nil
}

// unknownFeatures lists what is asked for and not known, "" for nothing.
func unknownFeatures(asked, known []string) string {
	var unknown []string
	for _, f := range asked {
		if !slices.Contains(known, f) {
			unknown = append(unknown, f)
		}
	}
	sort.Strings(unknown)
	return strings.Join(unknown, ", ")
}

// writable refuses to write to a table that asks more of its writers than is done
// here, by name.
func (s *snapshot) writable() error {
	p := s.protocol
	if p.MinWriter > featureWriter {
		return pgerr.Unsupported("writing to this Delta table needs writer version %d, and up to %d is supported", p.MinWriter, featureWriter)
	}
	if p.MinWriter == featureWriter {
		if unknown := unknownFeatures(p.WriterFeatures, writerFeatures); unknown != "" {
			return pgerr.Unsupported("writing to this Delta table needs writer feature %s, which is not supported", unknown)
		}
	}
	if mode := s.mapping(); mode != "none" {
		return pgerr.Unsupported("writing to Delta tables with column mapping (delta.columnMapping.mode = %s) is not supported", mode)
	}
	for key, value := range s.metadata.Configuration {
		switch {
		case strings.HasPrefix(key, "delta.constraints."):
			return pgerr.Unsupported("writing to Delta tables with CHECK constraints is not supported: %s CHECK (%s)",
				strings.TrimPrefix(key, "delta.constraints."), value)
		case key == "delta.enableRowTracking" && value == "true", strings.HasPrefix(key, "delta.enableIcebergCompat") && value == "true":
			return pgerr.Unsupported("writing to Delta tables with %s is not supported", key)
		}
	}
	for i := range s.fields {
		if what := s.fields[i].demands(); what != "" {
			return columnError(s.fields[i].name, pgerr.Unsupported("writing to Delta tables with %s is not supported", what))
		}
	}
	return nil
}

// demands names what a column asks of writers that is not done here.
func (f *field) demands() string {
	for _, d := range []struct{ key, what string }{
		{metaInvariants, "column invariants"},
		{metaGenerated, "generated columns"},
		{metaIdentity, "identity columns"},
		{metaDefault, "column defaults"},
	} {
		if f.metadata[d.key] != nil {
			return d.what
		}
	}
	for i := range f.typ.fields {
		if what := f.typ.fields[i].demands(); what != "" {
			return what
		}
	}
	return ""
}

// appendOnly says that no row may go.
func (s *snapshot) appendOnly() bool { return s.metadata.Configuration["delta.appendOnly"] == "true" }

// mapping is how columns are found in files: none, name or id. The property alone,
// in a table whose protocol does not know column mapping, says nothing.
func (s *snapshot) mapping() string {
	if s.protocol.MinReader < 2 || s.protocol.MinReader == featureReader && !slices.Contains(s.protocol.ReaderFeatures, "columnMapping") {
		return "none"
	}
	if mode := s.metadata.Configuration["delta.columnMapping.mode"]; mode != "" {
		return mode
	}
	return "none"
}
