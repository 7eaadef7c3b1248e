package card

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/line"
)

// statementFaultsMax is how many faulty rows of a statement are named.
const statementFaultsMax = 20

// row is one movement of a statement.
type row struct {
	ID        string    `json:"id"`
	Reference string    `json:"reference"`
	Charge    string    `json:"charge"` // of a capture or refund
	Kind      string    `json:"kind"`
	Amount    string    `json:"amount"`
	Currency  string    `json:"currency"`
	BookedAt  time.Time `json:"booked_at"`
}

// Statement reads what the provider booked on the day of the moment given, in UTC. It returns all rows or, when one of
// them cannot be read, none: a statement with a hole proves nothing.
func (a *Acquirer) Statement(ctx context.Context, day time.Time) (rails.Statement, error) {
	date := day.UTC().Format(time.DateOnly)
	reply, err := a.callUpTo(ctx, statementMax, http.MethodGet, "/v1/statements/"+date, nil)
	if err != nil {
		return rails.Statement{}, a.fault("statement", date, err)
	}
	var statement struct {
		Date string `json:"date"`
		Rows []row  `json:"rows"`
	}
	if err := reply.Decode(&statement, http.StatusOK); err != nil {
		return rails.Statement{}, a.fault("statement", date, err)
	}
	if statement.Date != date || statement.Rows == nil {
		return rails.Statement{}, a.fault("statement", date, fmt.Errorf("%w: not the statement of that day", errEcho))
	}
	movements := make([]rails.Movement, 0, len(statement.Rows))
	var faults []error
	for i, r := range statement.Rows {
		movement, err := r.movement()
		if err != nil && len(faults) < statementFaultsMax {
			faults = append(faults, fmt.Errorf("row %d: %w", i+1, err))
		}
		movements = append(movements, movement)
	}
	if len(faults) > 0 {
		return rails.Statement{}, a.fault("statement", date, errors.Join(faults...))
	}
	from, _ := time.Parse(time.DateOnly, date) // as it was written
	until := from.AddDate(0, 0, 1)
	if now := a.config.Now(); now.Before(until) {
		until = now
	}
	return rails.Statement{From: from, Until: until, Movements: movements}, nil
}

func (r row) movement() (rails.Movement, error) {
	if r.Charge == "" && r.Kind == "charge" {
		r.Charge = r.Reference
	}
	switch {
	case !slices.Contains([]string{"charge", "capture", "refund"}, r.Kind):
		return rails.Movement{}, fmt.Errorf("kind %.40q is none of charge, capture and refund", r.Kind)
	case !line.IsID(r.Reference) || !line.IsID(r.Charge) || r.ID != "" && !line.IsID(r.ID):
		return rails.Movement{}, errors.New("reference or charge is missing or unusable")
	case r.BookedAt.IsZero():
		return rails.Movement{}, errors.New("booked_at is missing")
	}
	asset, err := money.LookupAsset(r.Currency, "")
	if err != nil {
		return rails.Movement{}, err
	}
	amount, err := money.Parse(r.Amount, asset)
	if err != nil {
		return rails.Movement{}, err
	}
	if amount.Sign() <= 0 {
		return rails.Movement{}, errors.New("amount is not above zero")
	}
	return rails.Movement{
		ID: r.ID, Reference: r.Reference, Charge: r.Charge, Kind: rails.MovementKind(r.Kind), Amount: amount, BookedAt: r.BookedAt,
	}, nil
}
