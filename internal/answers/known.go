package answers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Known is the answer that a statement is known to have, kept in a file.
type Known struct {
	File string
	Text string
}

// ReadKnown gives each statement of a folder of *.sql files its known answer: the
// file beside it that ends in .answer. It may be missing if it is about to be written.
func ReadKnown(folder string, scripts []*Script, rewrite bool) error {
	for _, s := range scripts {
		if len(s.Statements) != 1 {
			return fmt.Errorf("%s has %d statements; only one can have a known answer", s.Name, len(s.Statements))
		}
		known := &Known{File: filepath.Join(folder, s.Name+".answer")}
		text, err := os.ReadFile(known.File)
		if err != nil && !(rewrite && errors.Is(err, fs.ErrNotExist)) {
			return err
		}
		known.Text = string(text)
		s.Statements[0].Known = known
	}
	return nil
}

// padding is what character(n) ends in. Where a table lies decides whether a column
// is one, so known answers are without.
var padding = regexp.MustCompile(`(?m) +(\||$)`)

// text is an answer as files keep it: names, then rows.
func (a *Answer) text() string {
	if a.Err != "" {
		return "error " + a.Err + "\n"
	}
	lines := append([]string{strings.Join(a.Names, "|")}, a.Rows...)
	return padding.ReplaceAllString(strings.Join(lines, "\n"), "$1") + "\n"
}

// differs says how an answer is not the known one, "" if it is.
func (k *Known) differs(a *Answer) string {
	got, want := strings.Split(a.text(), "\n"), strings.Split(k.Text, "\n")
	for i := range want {
		if i == len(got) || got[i] != want[i] {
			return fmt.Sprintf("line %d of the known answer: want %s\n       got %s", i+1, want[i], strings.Join(got[i:min(i+1, len(got))], ""))
		}
	}
	if len(got) > len(want) {
		return fmt.Sprintf("the known answer has %d lines, got %d", len(want), len(got))
	}
	return ""
}

func (k *Known) write(a *Answer) error {
	k.Text = a.text()
	return os.WriteFile(k.File, []byte(k.Text), 0o644)
}
