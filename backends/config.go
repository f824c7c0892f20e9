package backends

// Config is what makes a Backend: the tagged union of the kinds' configs.
type Config interface {
	Kind() Kind
}
