package pgtypes

// arrayState is what array_in saw last.
type arrayState uint8

const (
	arrayOutside arrayState = iota
	arrayLevelStarted
	arrayElement
	arrayQuoted
	arrayQuotedDone
	arrayElementDelimited
	arrayLevelDone
	arrayLevelDelimited
)

func (s arrayState) in(states ...arrayState) bool {
	for _, other := range states {
		if s == other {
			return true
		}
	}
	return false
}

// arrayChecker walks an array literal before any element is read, as Postgres
// does: faults of structure are reported before faults of elements.
type arrayChecker struct {
	text   string
	at     int
	state  arrayState
	quoted bool
	level  int
	count  [maxDimensions]int // elements of each open level so far
	last   [maxDimensions]int // elements of the level closed last, 0 for none yet
}

func (c *arrayChecker) fault(detail string) error { return errMalformedArray(c.text, detail) }

func (c *arrayChecker) unexpected(mark string) error {
	return c.fault("Unexpected \"" + mark + "\" character.")
}

func checkArray(text string) error {
	c := &arrayChecker{text: text}
	for i := range c.count {
		c.count[i] = 1
	}
	for done := false; !done; c.at++ {
		if c.at >= len(text) {
			return c.fault("Unexpected end of input.")
		}
		var err error
		if done, err = c.step(text[c.at]); err != nil {
			return err
		}
	}
	for ; c.at < len(text); c.at++ {
		if !isSpace(text[c.at]) {
			return c.fault("Junk after closing right brace.")
		}
	}
	return nil
}

func (c *arrayChecker) step(b byte) (done bool, err error) {
	switch {
	case b == '\\':
		return false, c.escape()
	case b == '"':
		if !c.state.in(arrayLevelStarted, arrayQuoted, arrayElementDelimited) {
			return false, c.fault("Unexpected array element.")
		}
		c.quoted = !c.quoted
		c.state = arrayQuotedDone
		if c.quoted {
			c.state = arrayQuoted
		}
	case c.quoted:
	case b == '{':
		return false, c.open()
	case b == '}':
		return c.close()
	case b == ',':
		if !c.state.in(arrayElement, arrayQuotedDone, arrayLevelDone) {
			return false, c.unexpected(",")
		}
		if c.state == arrayLevelDone {
			c.state = arrayLevelDelimited
		} else {
			c.state = arrayElementDelimited
		}
		c.count[c.level-1]++
	case !isSpace(b):
		if !c.state.in(arrayLevelStarted, arrayElement, arrayElementDelimited) {
			return false, c.fault("Unexpected array element.")
		}
		c.state = arrayElement
	}
	return false, nil
}

func (c *arrayChecker) escape() error {
	if !c.state.in(arrayLevelStarted, arrayElement, arrayQuoted, arrayElementDelimited) {
		return c.unexpected(`\`)
	}
	if c.state != arrayQuoted {
		c.state = arrayElement
	}
	if c.at++; c.at >= len(c.text) {
		return c.fault("Unexpected end of input.")
	}
	return nil
}

func (c *arrayChecker) open() error {
	if !c.state.in(arrayOutside, arrayLevelStarted, arrayLevelDelimited) {
		return c.unexpected("{")
	}
	c.state = arrayLevelStarted
	if c.level >= maxDimensions {
		return errTooManyDimensions(c.level + 1)
	}
	c.level++
	return nil
}

func (c *arrayChecker) close() (done bool, err error) {
	if !c.state.in(arrayElement, arrayQuotedDone, arrayLevelDone) && (c.level != 1 || c.state != arrayLevelStarted) {
		return false, c.unexpected("}")
	}
	c.state = arrayLevelDone
	c.level--
	if last := c.last[c.level]; last != 0 && last != c.count[c.level] {
		return false, c.fault("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	c.last[c.level] = c.count[c.level]
	c.count[c.level] = 1
	return c.level == 0, nil
}
