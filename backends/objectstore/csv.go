package objectstore

import (
	"bytes"
	"regexp"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// badCopyFormat is bad_copy_file_format, what COPY says of such files.
const badCopyFormat = "22P04"

// csvReader cuts a CSV text into records.
type csvReader struct {
	*window
	delimiter, quote, escape byte
	comment                  byte // 0 for none
	null                     *regexp.Regexp
	single                   bool // one column: an empty line is a record

	fields []csvField
	start  int // line of the current record
	lines  int // line ends within it
}

// csvField is one value. It is valid until the next record.
type csvField struct {
	text   []byte
	quoted bool
}

func newCSVReader(w *window, o *CSVOptions) *csvReader {
	r := &csvReader{window: w, delimiter: ',', quote: '"'}
	if o.Delimiter != "" {
		r.delimiter = o.Delimiter[0]
	}
	if o.Quote != "" {
		r.quote = o.Quote[0]
	}
	r.escape = r.quote
	if o.Escape != "" {
		r.escape = o.Escape[0]
	}
	if o.Comment != "" {
		r.comment = o.Comment[0]
	}
	if o.NullRegex != "" {
		r.null = regexp.MustCompile("^(?:" + o.NullRegex + ")$") // checked by Validate
	}
	return r
}

// isNull applies the rule of NULLs: by default, the empty value without quotes.
func (r *csvReader) isNull(f *csvField) bool {
	if f.quoted {
		return false
	}
	if r.null == nil {
		return len(f.text) == 0
	}
	return r.null.Match(f.text)
}

// next reads a record into r.fields; ok is false at the end.
func (r *csvReader) next() (ok bool, err error) {
	for {
		if err := r.skip(); err != nil {
			return false, err
		}
		r.start = r.line
		used, whole, err := r.record(r.data())
		if err != nil {
			return false, atLine(r.start, "", err)
		}
		if whole {
			r.at += used
			r.line += r.lines
			return true, nil
		}
		if r.eof {
			return false, nil
		}
		if err := r.more(); err != nil {
			return false, err
		}
	}
}

// skip passes empty lines and comments.
func (r *csvReader) skip() error {
	for {
		data := r.data()
		if len(data) < 2 && !r.eof {
			if err := r.more(); err != nil {
				return err
			}
			continue
		}
		empty := !r.single && (bytes.HasPrefix(data, []byte("\n")) || bytes.HasPrefix(data, []byte("\r\n")))
		comment := r.comment != 0 && len(data) > 0 && data[0] == r.comment
		if !empty && !comment {
			return nil
		}
		if _, _, err := r.nextLine(); err != nil {
			return err
		}
		r.line++
	}
}

// record cuts one record from data. whole is false when data ends within it and
// there may be more.
func (r *csvReader) record(data []byte) (used int, whole bool, err error) {
	r.fields, r.lines = r.fields[:0], 0
	if len(data) == 0 {
		return 0, false, nil
	}
	at := 0
	for {
		var f csvField
		var end int
		if at < len(data) && data[at] == r.quote {
			f, end, err = r.quotedField(data, at+1)
		} else {
			f, end, err = r.plainField(data, at)
		}
		if err != nil || end < 0 {
			return 0, false, err
		}
		r.fields = append(r.fields, f)
		switch {
		case end == len(data):
			return end, true, nil
		case data[end] == r.delimiter:
			at = end + 1
			if at == len(data) && !r.eof {
				return 0, false, nil
			}
		default: // the line's end
			r.lines++
			if data[end] == '\r' {
				end++
			}
			return end + 1, true, nil
		}
	}
}

// plainField ends at a delimiter, a line's end or the end of the text; end is -1 when
// data ends first.
func (r *csvReader) plainField(data []byte, at int) (f csvField, end int, err error) {
	for i := at; i < len(data); i++ {
		switch c := data[i]; {
		case c == r.delimiter, c == '\n':
			return csvField{text: data[at:i]}, i, nil
		case c == '\r' && i+1 < len(data) && data[i+1] == '\n':
			return csvField{text: data[at:i]}, i, nil
		}
	}
	if !r.eof {
		return f, -1, nil
	}
	return csvField{text: bytes.TrimSuffix(data[at:], []byte("\r"))}, len(data), nil
}

// quotedField reads from after the opening quote.
func (r *csvReader) quotedField(data []byte, at int) (f csvField, end int, err error) {
	var unescaped []byte
	from, copied := at, false
	for i := at; ; i++ {
		if i >= len(data) {
			if r.eof {
				return f, 0, pgerr.New(badCopyFormat, "unterminated CSV quoted field")
			}
			return f, -1, nil
		}
		switch c := data[i]; {
		case c == r.escape && i+1 < len(data) && (data[i+1] == r.quote || data[i+1] == r.escape):
			unescaped = append(unescaped, data[from:i]...)
			copied, i = true, i+1
			from = i
		case c == r.quote:
			if i+1 >= len(data) && !r.eof {
				return f, -1, nil
			}
			f = csvField{text: data[from:i], quoted: true}
			if copied {
				f.text = append(unescaped, data[from:i]...)
			}
			return r.afterQuote(f, data, i+1)
		case c == '\n':
			r.lines++
		}
	}
}

func (r *csvReader) afterQuote(f csvField, data []byte, at int) (csvField, int, error) {
	switch {
	case at == len(data), data[at] == r.delimiter, data[at] == '\n':
		return f, at, nil
	case data[at] == '\r' && at+1 == len(data):
		if r.eof {
			return f, len(data), nil
		}
		return f, -1, nil
	case data[at] == '\r' && data[at+1] == '\n':
		return f, at, nil
	default:
		return f, 0, pgerr.New(badCopyFormat, "text after a quoted CSV field").
			WithHint("A quote within a quoted field is doubled.")
	}
}
