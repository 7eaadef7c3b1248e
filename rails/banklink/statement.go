package banklink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

// statementMax is how many bytes a statement has at most.
const statementMax = 32 << 20

// errStatement is returned when a statement is not whole: what it proves would be nothing.
var errStatement = errors.New("statement is not whole")

// Statement reads what the bank booked on a day, on all of our accounts there (camt.053). The balances of each have to
// follow from its entries.
func (l *Link) Statement(ctx context.Context, day time.Time) (rails.Statement, error) {
	date := day.Format(time.DateOnly)
	var whole rails.Statement
	for _, a := range l.config.Accounts {
		one, err := l.statementOf(ctx, a, date)
		if err != nil {
			return rails.Statement{}, l.Fault("statement", a.Number+" of "+date, err)
		}
		if whole.From.IsZero() || one.From.Before(whole.From) {
			whole.From = one.From
		}
		if whole.Until.IsZero() || one.Until.Before(whole.Until) {
			whole.Until = one.Until
		}
		whole.Movements = append(whole.Movements, one.Movements...)
		whole.Closing = append(whole.Closing, one.Closing...)
	}
	return whole, nil
}

func (l *Link) statementOf(ctx context.Context, a Account, date string) (rails.Statement, error) {
	reply, err := l.line.Do(ctx, line.Request{
		Method: http.MethodGet, Path: "/statements/" + url.PathEscape(a.Number) + "/" + date, Accept: xmlType, Max: statementMax,
	})
	if err != nil {
		return rails.Statement{}, err
	}
	if reply.NotFound() {
		return rails.Statement{}, rails.ErrNoStatement
	}
	report, err := ReadAs[*iso20022.AccountReport](reply)
	if err != nil {
		return rails.Statement{}, err
	}
	return readStatement(report, a, date, l.config.Zone)
}

// readStatement reads the camt.053 of one account and day.
func readStatement(report *iso20022.AccountReport, a Account, date string, zone *time.Location) (rails.Statement, error) {
	if report.Message != iso20022.Camt053 || len(report.Accounts) != 1 {
		return rails.Statement{}, fmt.Errorf("%w: not the camt.053 of one account", errStatement)
	}
	told := report.Accounts[0]
	for _, p := range []iso20022.Page{report.Page, told.Page} {
		if p != (iso20022.Page{}) && (p.Number != 1 || !p.Last) {
			return rails.Statement{}, fmt.Errorf("%w: page %d", errStatement, p.Number)
		}
	}
	s, err := span(report, told, date, zone)
	if err != nil {
		return s, err
	}
	found, err := movements(report, a, zone)
	if err != nil {
		return s, err
	}
	asset, err := money.LookupAsset(a.Currency, "")
	if err != nil {
		return s, err
	}
	change := asset.Zero()
	for _, m := range found {
		if !m.Booked {
			continue
		}
		row := m.row()
		if row.BookedAt.Before(s.From) {
			row.BookedAt = s.From // the day alone was said, and begins earlier here than there
		}
		s.Movements = append(s.Movements, row)
		if m.Credit {
			change = change.Add(m.Amount)
		} else {
			change = change.Sub(m.Amount)
		}
	}
	closing, err := balanced(told.Balances, asset, change)
	s.Closing = []money.Amount{closing}
	return s, err
}

// span is what a statement covers: what it says itself, else the bank's day, and nothing that was to come when it was made.
func span(report *iso20022.AccountReport, told iso20022.AccountStatement, date string, zone *time.Location) (rails.Statement, error) {
	from, err := time.ParseInLocation(time.DateOnly, date, zone)
	if err != nil {
		return rails.Statement{}, err
	}
	until := from.AddDate(0, 0, 1)
	if told.From != "" {
		if told.From.Date() != date {
			return rails.Statement{}, fmt.Errorf("%w: it begins on %s", errStatement, told.From.Date())
		}
		from, until = told.From.Time(zone), told.To.Time(zone)
	}
	if made := report.CreatedAt.Time(zone); made.Before(until) {
		until = made
	}
	return rails.Statement{From: from.UTC(), Until: until.UTC()}, nil
}

// balanced holds the balances against what was booked between them, and returns the closing one.
func balanced(balances []iso20022.Balance, asset money.Asset, change money.Amount) (money.Amount, error) {
	said := map[string]money.Amount{}
	for _, b := range balances {
		if b.Amount.Asset() != asset {
			return asset.Zero(), fmt.Errorf("%w: balance in %s", errStatement, b.Amount.Asset())
		}
		value := b.Amount
		if b.Direction == iso20022.Debit {
			value = value.Neg()
		}
		said[b.Type.Value] = value
	}
	opening, opens := said["OPBD"]
	closing, closes := said["CLBD"]
	if !opens || !closes {
		return asset.Zero(), fmt.Errorf("%w: no opening and closing balance", errStatement)
	}
	if !opening.Add(change).Equal(closing) {
		return closing, fmt.Errorf("%w: %s and entries of %s do not make %s", errStatement, opening, change, closing)
	}
	return closing, nil
}

// row is the movement as a statement has it. What came back of a payout, and a credit that is taken back, name what they
// belong to.
func (m Movement) row() rails.Movement {
	row := rails.Movement{ID: m.Reference, Reference: m.Reference, Amount: m.Amount, BookedAt: m.At.UTC()}
	attempt := m.Attempt()
	if attempt != "" {
		row.Reference = attempt
	}
	switch {
	case m.Charge:
		row.Kind = rails.Fee
	case m.Credit && attempt != "":
		row.Kind = rails.Return
	case m.Credit:
		row.Kind = rails.Credit
	case attempt != "":
		row.Kind = rails.Payout
	case m.Taken:
		row.Kind, row.Reference = rails.Taken, firstOf(m.Reverses, m.Reference)
	default:
		row.Kind = rails.Other
	}
	return row
}
