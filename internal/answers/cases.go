package answers

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Script is one file of statements. They run in order in one session, so that
// settings, transactions and prepared statements reach the next ones.
type Script struct {
	Name       string
	Statements []*Statement
	// Placements limits the whole file; nil is all.
	Placements []string
}

// Statement is one case.
type Statement struct {
	Name string
	SQL  string
	// Ordered says that the order of the rows is part of the answer: there is an ORDER
	// BY, and it is total.
	Ordered bool
	// Placements limits the case; nil is all.
	Placements []string
	// Pending are the placements where the case can not pass yet, with the reason.
	Pending map[string]string
	// NoTypes leaves the types of the result's columns out of the comparison.
	NoTypes bool
	// Known is the answer that is known beforehand, or nil.
	Known *Known
	// Params are values for $1, $2, … in text form; a case with them runs in the
	// extended protocol only.
	Params []*string
}

// ReadScripts reads every *.sql file of a folder: statements with blank lines
// between them, each after comment lines with its name and directives:
//
//	-- the name
//	-- unordered            the order of rows is open though ORDER BY is written
//	-- types: off           the types of the columns may differ
//	-- placements: a b      only there; with "file" before it, for the whole file
//	-- pending: a b: why   not yet there; said and counted
//	-- params: 1 | abc | \N  parameters
func ReadScripts(folder string) ([]*Script, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		return nil, err
	}
	var scripts []*Script
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		s := &Script{Name: strings.TrimSuffix(filepath.Base(file), ".sql")}
		for _, block := range strings.Split(string(text), "\n\n") {
			if err := s.add(strings.Trim(block, "\n")); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
		scripts = append(scripts, s)
	}
	return scripts, nil
}

var orderBy = regexp.MustCompile(`(?i)\border\s+by\b`)

func (s *Script) add(block string) error {
	st := &Statement{}
	ordered := true
	rest := block
	for strings.HasPrefix(rest, "--") {
		line, after, _ := strings.Cut(rest, "\n")
		rest = after
		line = strings.TrimSpace(strings.TrimPrefix(line, "--"))
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case line == "unordered":
			ordered = false
		case key == "types" && value == "off":
			st.NoTypes = true
		case key == "placements":
			st.Placements = strings.Fields(value)
		case key == "pending":
			where, why, _ := strings.Cut(value, ":")
			if st.Pending == nil {
				st.Pending = map[string]string{}
			}
			for _, p := range strings.Fields(where) {
				st.Pending[p] = strings.TrimSpace(why)
			}
		case key == "file placements":
			s.Placements = strings.Fields(value)
		case key == "params":
			st.Params = parseParams(value)
		case st.Name == "":
			st.Name = line
		}
	}
	st.SQL = strings.TrimSuffix(strings.TrimSpace(rest), ";")
	if st.SQL == "" {
		return nil
	}
	if st.Name == "" {
		st.Name = strings.Join(strings.Fields(st.SQL), " ")
		if len(st.Name) > 50 {
			st.Name = st.Name[:50]
		}
	}
	if slices.ContainsFunc(s.Statements, func(o *Statement) bool { return o.Name == st.Name && o.SQL == st.SQL }) && !sessionCommand(st.SQL) {
		return fmt.Errorf("the case %q is there twice", st.Name)
	}
	st.Ordered = ordered && orderBy.MatchString(st.SQL)
	s.Statements = append(s.Statements, st)
	return nil
}

// sessionCommand says whether a statement changes only the session, and so may
// stand in a file many times.
func sessionCommand(sql string) bool {
	word, _, _ := strings.Cut(strings.ToLower(sql), " ")
	return !slices.Contains([]string{"select", "with", "values", "table"}, word)
}

func parseParams(text string) []*string {
	params := []*string{}
	for _, p := range strings.Split(text, "|") {
		if p = strings.TrimSpace(p); p == `\N` {
			params = append(params, nil)
		} else {
			params = append(params, &p)
		}
	}
	return params
}

// In says whether a case runs in a placement.
func (s *Script) In(placement string, st *Statement) bool {
	in := func(list []string) bool { return list == nil || slices.Contains(list, placement) }
	return in(s.Placements) && in(st.Placements)
}
