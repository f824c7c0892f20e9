package payload

import (
	"fmt"
	"strings"
)

// parsePath reads where a value is; no names are the whole payload.
func parsePath(text string) ([]string, error) {
	switch {
	case text == "$":
		return []string{}, nil
	case text == "":
		return nil, nil
	case strings.HasPrefix(text, "/"): // RFC 6901
		names := strings.Split(text[1:], "/")
		for i := range names {
			names[i] = strings.ReplaceAll(strings.ReplaceAll(names[i], "~1", "/"), "~0", "~")
		}
		return names, nil
	}
	names := strings.Split(strings.TrimPrefix(text, "$."), ".")
	for _, name := range names {
		if name == "" {
			return nil, fmt.Errorf("path %q has an empty name", text)
		}
	}
	return names, nil
}

// pathText is a path for people.
func pathText(path []string) string {
	if len(path) == 0 {
		return "$"
	}
	return strings.Join(path, ".")
}
