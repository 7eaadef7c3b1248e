package limit

import "context"

type turnKey struct{}

// With returns a context that carries the request's turn.
func With(ctx context.Context, t *Turn) context.Context { return context.WithValue(ctx, turnKey{}, t) }

// Away gives the slot of the request that ctx belongs to back until back is called, see [Turn.Away]. What belongs to no
// request holds none.
func Away(ctx context.Context) (back func()) {
	if t, ok := ctx.Value(turnKey{}).(*Turn); ok {
		return t.Away()
	}
	return func() {}
}
