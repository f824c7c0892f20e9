package eval

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

var normalForms = map[string]norm.Form{"nfc": norm.NFC, "nfd": norm.NFD, "nfkc": norm.NFKC, "nfkd": norm.NFKD}

func normalForm(name string) (norm.Form, error) {
	form, ok := normalForms[strings.ToLower(name)]
	if !ok {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "invalid normalization form: %s", name)
	}
	return form, nil
}

func normalize(s, name string) (string, error) {
	form, err := normalForm(name)
	if err != nil {
		return "", err
	}
	return form.String(s), nil
}

func isNormalized(s, name string) (bool, error) {
	form, err := normalForm(name)
	if err != nil {
		return false, err
	}
	return form.IsNormalString(s), nil
}
