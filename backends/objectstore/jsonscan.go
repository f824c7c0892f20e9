package objectstore

import (
	"errors"

	"github.com/sqlgateway/gateway/internal/jsonscan"
	"github.com/sqlgateway/gateway/internal/pgerr"
)

var (
	errJSON = pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type json").
		WithHint("JSON lines hold one whole object a line.")
	errNotObject = pgerr.New(pgerr.InvalidTextRepresentation, "a JSON line that is not an object").
			WithHint("JSON lines hold one object a line; an array of objects is to be written as lines.")
)

// lineError says of a fault of the scan what a line should be.
func lineError(err error) error {
	switch {
	case errors.Is(err, jsonscan.ErrSyntax):
		return errJSON
	case errors.Is(err, jsonscan.ErrNotObject):
		return errNotObject
	default:
		return err
	}
}

// members cuts a line into its object's members.
func members(dst []jsonscan.Member, line []byte) ([]jsonscan.Member, error) {
	dst, err := jsonscan.Members(dst, line)
	return dst, lineError(err)
}

// unquote decodes a JSON string.
func unquote(text []byte) ([]byte, error) {
	plain, err := jsonscan.Unquote(text)
	return plain, lineError(err)
}
