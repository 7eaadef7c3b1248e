package feed

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/causeway-pay/causeway/fx"
)

// JSON is a source that serves {"observed_at":"…","base":"EUR","rates":{"USD":"1.1684"}} over HTTP. Rates are strings: a
// JSON number would pass through a float somewhere on its way.
type JSON struct {
	URL    string
	Client *http.Client
}

// Fetch asks the source. It returns ErrBadAnswer unless the answer has exactly the documented form.
func (s JSON) Fetch(ctx context.Context) ([]fx.Observation, error) {
	body, err := get(ctx, s.Client, s.URL)
	if err != nil {
		return nil, err
	}
	return parseJSON(body)
}

func parseJSON(body []byte) ([]fx.Observation, error) {
	var table struct {
		ObservedAt time.Time         `json:"observed_at"`
		Base       string            `json:"base"`
		Rates      map[string]string `json:"rates"`
	}
	if err := json.Unmarshal(body, &table, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadAnswer, err)
	}
	if table.Base == "" || table.ObservedAt.IsZero() || len(table.Rates) == 0 {
		return nil, fmt.Errorf("%w: observed_at, base and rates are needed", ErrBadAnswer)
	}
	observed := make([]fx.Observation, 0, len(table.Rates))
	for _, code := range slices.Sorted(maps.Keys(table.Rates)) {
		observed = append(observed, fx.Observation{
			Base: table.Base, Quote: code, Rate: table.Rates[code], ObservedAt: table.ObservedAt,
		})
	}
	return observed, nil
}
