package backends

import "context"

type asOfKey struct{}

// WithAsOf asks sources that keep old versions of their tables to read them as they
// were: text is a version or a time, "" the newest. Others do not look at it.
func WithAsOf(ctx context.Context, text string) context.Context {
	if text == AsOf(ctx) {
		return ctx
	}
	return context.WithValue(ctx, asOfKey{}, text)
}

// AsOf is what WithAsOf asked for, "" for nothing.
func AsOf(ctx context.Context) string {
	text, _ := ctx.Value(asOfKey{}).(string)
	return text
}
