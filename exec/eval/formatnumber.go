package eval

import (
	"strings"

	"github.com/sqlgateway/gateway/internal/pgerr"
)

// numberFormat is a format of to_char for numbers, taken apart.
type numberFormat struct {
	pieces        []string // "9", "0", ".", "D", ",", "G", "S", "MI", "PL", "SG", "PR", "L", "TH", "th", or a literal as `"text`
	before, after int      // digits left and right of the point
	point         bool
	fill          bool // FM
	firstZero     int  // position of the first 0 among the digits left of the point, -1 for none
	lastZero      int  // position of the last 0 right of the point, counted from 1
	sign          string
	brackets      bool
}

var numberPatterns = []string{"EEEE", "FM", "MI", "PL", "PR", "RN", "SG", "TH", ".", ",", "0", "9", "D", "G", "L", "S", "V"}

func cutNumberFormat(format string) (*numberFormat, error) {
	n := &numberFormat{firstZero: -1}
	for format != "" {
		upper := strings.ToUpper(format[:min(len(format), 4)])
		k := ""
		for _, pattern := range numberPatterns {
			if strings.HasPrefix(upper, pattern) {
				k = pattern
				break
			}
		}
		if k == "" {
			size, literal, _ := literalAt(format)
			n.pieces = append(n.pieces, `"`+literal)
			format = format[size:]
			continue
		}
		if err := n.add(k, format[:len(k)]); err != nil {
			return nil, err
		}
		format = format[len(k):]
	}
	return n, nil
}

func (n *numberFormat) add(k, written string) error {
	bad := func(message string) error { return pgerr.New(pgerr.SyntaxError, "%s", message) }
	switch k {
	case "EEEE", "RN", "V":
		return pgerr.Unsupported("\"%s\" in number formats is not supported yet", k)
	case "FM":
		n.fill = true
		return nil
	case "9", "0":
		switch {
		case n.brackets:
			return bad("\"9\" must be ahead of \"PR\"")
		case n.point:
			n.after++
			if k == "0" {
				n.lastZero = n.after
			}
		default:
			if k == "0" && n.firstZero < 0 {
				n.firstZero = n.before
			}
			n.before++
		}
	case ".", "D":
		if n.point {
			return bad("multiple decimal points")
		}
		n.point = true
		k = "."
	case "S", "MI", "PL", "SG":
		if k == "S" && n.sign == "S" {
			return bad("cannot use \"S\" twice")
		}
		n.sign = k
	case "PR":
		n.brackets = true
	case "G":
		k = ","
	case "TH":
		k = written
	}
	n.pieces = append(n.pieces, k)
	return nil
}

// formatNumber is to_char over a number.
func formatNumber(x numeric, format string) (string, error) {
	if format == "" {
		return "", errNull
	}
	n, err := cutNumberFormat(format)
	if err != nil {
		return "", err
	}
	if x.IsNaN() && n.before >= len("NaN") {
		return strings.Repeat(" ", n.before-len("NaN")+1) + "NaN", nil
	}
	w := &numberWriter{numberFormat: n, negative: x.Sign() < 0 && !x.IsNaN()}
	if x.IsFinite() {
		rounded, err := x.Abs().Round(n.after)
		if err != nil {
			return "", err
		}
		w.whole, w.fraction, _ = strings.Cut(rounded.String(), ".")
		if w.whole == "0" {
			w.whole = ""
		}
		w.negative = w.negative && !rounded.IsZero()
		w.zero = rounded.IsZero()
	}
	if !x.IsFinite() || len(w.whole) > n.before {
		w.whole, w.fraction = strings.Repeat("#", n.before), strings.Repeat("#", n.after)
		w.overflow = true
	}
	return w.write(), nil
}

// numberWriter writes one number.
type numberWriter struct {
	*numberFormat
	whole, fraction         string // digits without leading zeros; after digits
	negative, zero          bool
	overflow                bool
	out                     strings.Builder
	at, right               int // digits of the format already written
	started, signed, points bool
}

// trailing is how many fraction digits FM keeps.
func (w *numberWriter) trailing() int {
	if !w.fill || w.overflow {
		return w.after
	}
	return max(len(strings.TrimRight(w.fraction, "0")), w.lastZero)
}

// starts says that the digit at a position left of the point is shown.
func (w *numberWriter) starts(position int) bool {
	if w.firstZero >= 0 && position >= w.firstZero {
		return true
	}
	if w.before-position <= len(w.whole) {
		return true
	}
	// A lone zero shows where there is no fraction to show instead.
	return position == w.before-1 && w.whole == "" && (w.after == 0 || w.fill && w.trailing() == 0)
}

func (w *numberWriter) write() string {
	trailingSign := w.sign == "S" && len(w.pieces) > 0 && w.pieces[len(w.pieces)-1] == "S"
	for _, k := range w.pieces {
		switch k {
		case "9", "0":
			w.digit(trailingSign)
		case ".":
			w.leadingSign(trailingSign)
			w.points, w.started = true, true
			w.out.WriteByte('.')
		case ",":
			if w.started {
				w.out.WriteByte(',')
			} else if !w.fill {
				w.out.WriteByte(' ')
			}
		case "S":
			if trailingSign && w.at > 0 {
				w.out.WriteByte(w.plusMinus('+'))
			}
		default:
			w.mark(k)
		}
	}
	if w.brackets && !w.fill && !w.negative {
		w.out.WriteByte(' ')
	}
	if w.brackets && w.negative {
		w.out.WriteByte('>')
	}
	return w.out.String()
}

func (w *numberWriter) plusMinus(plus byte) byte {
	if w.negative {
		return '-'
	}
	return plus
}

// mark writes what is neither a digit nor tied to one.
func (w *numberWriter) mark(k string) {
	switch k {
	case "MI":
		if w.negative {
			w.out.WriteByte('-')
		} else if !w.fill {
			w.out.WriteByte(' ')
		}
	case "PL":
		if !w.negative {
			w.out.WriteByte('+')
		} else if !w.fill {
			w.out.WriteByte(' ')
		}
	case "SG":
		w.out.WriteByte(w.plusMinus('+'))
	case "L":
		w.out.WriteByte(' ')
	case "TH", "th":
		if !w.negative && w.after == 0 {
			w.out.WriteString(ordinalSuffix(w.whole, k == "TH"))
		}
	case "PR":
	default:
		w.out.WriteString(k[1:])
	}
}

// leadingSign writes the sign before the first digit, once.
func (w *numberWriter) leadingSign(trailingSign bool) {
	if w.signed {
		return
	}
	w.signed = true
	switch {
	case w.brackets:
		if w.negative {
			w.out.WriteByte('<')
		} else if !w.fill {
			w.out.WriteByte(' ')
		}
	case w.sign == "S":
		if !trailingSign {
			w.out.WriteByte(w.plusMinus('+'))
		}
	case w.sign == "" || w.sign == "PL":
		if w.negative {
			w.out.WriteByte('-')
		} else if !w.fill {
			w.out.WriteByte(' ')
		}
	}
}

func (w *numberWriter) digit(trailingSign bool) {
	if w.points {
		if w.right < w.trailing() {
			w.out.WriteByte(w.fraction[w.right])
		}
		w.right++
		return
	}
	position := w.at
	w.at++
	if !w.starts(position) {
		if !w.fill {
			w.out.WriteByte(' ')
		}
		return
	}
	w.leadingSign(trailingSign)
	w.started = true
	if i := position - (w.before - len(w.whole)); i >= 0 {
		w.out.WriteByte(w.whole[i])
	} else {
		w.out.WriteByte('0')
	}
}
