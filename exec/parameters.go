package exec

import (
	"bytes"
	"context"
	"strconv"
	"unicode/utf8"

	"github.com/sqlgateway/gateway/catalog"
	"github.com/sqlgateway/gateway/exec/eval"
	"github.com/sqlgateway/gateway/internal/pgerr"
	"github.com/sqlgateway/gateway/internal/pgtypes"
	"github.com/sqlgateway/gateway/translate"
)

// decodeParams reads the values of Bind by the statement's parameter types.
func (s *Session) decodeParams(ctx context.Context, portal string, types []uint32, formats []int16, values [][]byte, snapshot *catalog.Snapshot) ([]pgtypes.Datum, error) {
	params := make([]pgtypes.Datum, len(values))
	for i, value := range values {
		if value == nil {
			continue
		}
		format := int16(0)
		if len(formats) > 0 {
			format = formats[min(i, len(formats)-1)]
		}
		var err error
		switch format {
		case 0:
			params[i], err = s.textParam(ctx, types[i], value, snapshot)
		case 1:
			params[i], err = pgtypes.ParseBinary(pgtypes.Of(types[i]), value)
		default:
			err = pgerr.New(pgerr.InvalidParameterValue, "unsupported format code: %d", format)
		}
		if err != nil {
			return nil, inParameter(err, portal, i, format)
		}
	}
	return params, nil
}

// inParameter says which parameter an error is of. As Postgres does by default, it
// does not show the value.
func inParameter(err error, portal string, at int, format int16) error {
	e := *pgerr.From(err)
	e.Where = "unnamed portal"
	if portal != "" {
		e.Where = "portal \"" + portal + "\""
	}
	e.Where += " parameter $" + strconv.Itoa(at+1)
	if format == 0 {
		e.Where += " = '...'"
	}
	return &e
}

func (s *Session) textParam(ctx context.Context, oid uint32, value []byte, snapshot *catalog.Snapshot) (pgtypes.Datum, error) {
	if err := validText(value); err != nil {
		return nil, err
	}
	if !isNamed(oid) {
		return pgtypes.Parse(pgtypes.Of(oid), string(value), s.values.Style())
	}
	// The input functions of the reg* types look names up in the catalog, as casts do.
	text := &translate.Const{Typed: translate.Typed{Typ: pgtypes.Of(pgtypes.OIDText)}, Value: string(value)}
	cast := &translate.Cast{Typed: translate.Typed{Typ: pgtypes.Of(oid)}, Arg: text, Method: translate.CastIO}
	return eval.Value(cast, s.evalContext(ctx, snapshot, nil))
}

// isNamed says whether values of a type are names of the catalog's objects.
func isNamed(oid uint32) bool {
	switch oid {
	case pgtypes.OIDRegclass, pgtypes.OIDRegtype, pgtypes.OIDRegproc, pgtypes.OIDRegnamespace, pgtypes.OIDRegrole:
		return true
	}
	return false
}

// validText refuses what a UTF8 database can not hold.
func validText(value []byte) error {
	if at := bytes.IndexByte(value, 0); at >= 0 {
		return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
	}
	if utf8.Valid(value) {
		return nil
	}
	at := 0
	for {
		r, size := utf8.DecodeRune(value[at:])
		if r == utf8.RuneError && size <= 1 {
			return pgerr.New(pgerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x%02x", value[at])
		}
		at += size
	}
}

// checkFormats checks Bind's counts as Postgres does.
func checkFormats(st *prepared, wanted int, formats []int16, values [][]byte) error {
	if len(formats) > 1 && len(formats) != len(values) {
		return pgerr.New(pgerr.ProtocolViolation, "bind message has %d parameter formats but %d parameters", len(formats), len(values))
	}
	if len(values) != wanted {
		return pgerr.New(pgerr.ProtocolViolation, "bind message supplies %d parameters, but prepared statement %q requires %d", len(values), st.name, wanted)
	}
	return nil
}
