package control

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/movement"
	"github.com/causeway-pay/causeway/cmd/sandbox/rates"
)

// waitMax is the longest that a request for movements waits for one.
const waitMax = time.Minute

// movementList is a page of the log; more of it follows after the seq of its last line.
type movementList struct {
	Movements []movement.Movement `json:"movements"`
}

func (c *Control) allMovements(r *http.Request) (any, error) { return c.movements(r, "") }

func (c *Control) movements(r *http.Request, channel string) (any, error) {
	asked := r.URL.Query()
	query := movement.Query{Channel: channel, Kind: movement.Kind(asked.Get("kind")), Reference: asked.Get("reference")}
	if after := asked.Get("after"); after != "" {
		seq, err := strconv.ParseInt(after, 10, 64)
		if err != nil || seq < 0 {
			return nil, fmt.Errorf("%w: after must be a sequence number", errInvalid)
		}
		query.After = seq
	}
	if asked.Get("wait") == "" {
		return movementList{c.Log.Select(query)}, nil
	}
	wait, err := time.ParseDuration(asked.Get("wait"))
	if err != nil || wait < 0 {
		return nil, fmt.Errorf("%w: wait must be a duration such as 5s", errInvalid)
	}
	ctx, cancel := context.WithTimeout(r.Context(), min(wait, waitMax))
	defer cancel()
	return movementList{c.Log.Await(ctx, query)}, nil
}

func (c *Control) summary(*http.Request) (any, error) {
	all := c.Log.All()
	sums := map[string]movement.Summary{}
	for _, a := range c.Acquirers {
		sums[a.Name()] = movement.Summarize(all, a.Name())
	}
	turnovers := map[string]movement.Turnover{}
	for _, b := range c.Banks {
		turnovers[b.Name()] = movement.TurnoverOf(all, b.Name())
	}
	return struct {
		Acquirers map[string]movement.Summary  `json:"acquirers"`
		Banks     map[string]movement.Turnover `json:"banks"`
	}{sums, turnovers}, nil
}

// reading is the time of the world.
type reading struct {
	Now clock.Time `json:"now"`
}

func (c *Control) readClock(*http.Request) (any, error) { return reading{c.Clock.Now()}, nil }

func (c *Control) advance(r *http.Request) (any, error) {
	var wish struct {
		Advance string `json:"advance"`
	}
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	by, err := time.ParseDuration(wish.Advance)
	if err != nil {
		return nil, fmt.Errorf("%w: advance must be a duration such as 1h", errInvalid)
	}
	now, err := c.Clock.Advance(by)
	if err != nil {
		return nil, err
	}
	return reading{now}, nil
}

func (c *Control) changeRates(r *http.Request) (any, error) {
	var change rates.Change
	if err := read(r, &change); err != nil {
		return nil, err
	}
	if err := c.Feed.Apply(change); err != nil {
		return nil, err
	}
	return struct {
		Applied bool `json:"applied"`
	}{true}, nil
}
