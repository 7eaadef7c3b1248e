package crossborder

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails/banklink"
	"github.com/causeway-pay/causeway/rails/iso20022"
	"github.com/causeway-pay/causeway/rails/line"
)

// report is where somebody said that a payout was at a moment.
type report struct {
	status iso20022.Status
	code   string
	at     time.Time
}

// sayings is all that was said of one payout, with what banks on the way took and what the beneficiary got.
type sayings struct {
	reports   []report
	id        string // the correspondent's own reference
	charges   []payment.Charge
	delivered money.Amount
}

// and adds what the tracker says, which knows the whole way.
func (s sayings) and(track sayings) sayings {
	s.reports = append(s.reports, track.reports...)
	s.delivered = track.delivered
	if len(track.charges) > 0 {
		s.charges = track.charges
	}
	return s
}

// merged is the state that follows: a terminal one stays, else the newest counts. G000 to G004 are reasons under ACSP that
// may come and go. It reports false when a payout was both credited and rejected, and then returns the rejection.
func (s sayings) merged() (banklink.Standing, bool) {
	credited := func(r report) bool { return r.status == iso20022.AcceptedCredited }
	refused := func(r report) bool { return r.status == iso20022.Rejected || r.status == iso20022.Canceled }
	candidates := s.reports
	paid, rejected := slices.ContainsFunc(candidates, credited), slices.ContainsFunc(candidates, refused)
	switch {
	case rejected:
		candidates = only(candidates, refused)
	case paid:
		candidates = only(candidates, credited)
	}
	newest := candidates[0]
	for _, r := range candidates[1:] {
		if !r.at.Before(newest.at) {
			newest = r
		}
	}
	standing := banklink.Standing{
		Status: newest.status, Code: newest.code, At: newest.at, ID: s.id, Paid: credited(newest),
		Progress: payment.Progress{Charges: s.charges},
	}
	if standing.Paid {
		standing.Progress.Delivered = s.delivered
	}
	return standing, !paid || !rejected
}

func only(reports []report, wanted func(report) bool) []report {
	var found []report
	for _, r := range reports {
		if wanted(r) {
			found = append(found, r)
		}
	}
	return found
}

// bound demands the amount that was sent, except of a rejection that came before the amount was known.
func bound(echoed money.Amount, at payment.Attempt, s iso20022.Status) error {
	rejected := s == iso20022.Rejected || s == iso20022.Canceled
	if unsaid := echoed.Asset().IsZero(); (!unsaid || !rejected) && !echoed.Equal(at.Amount) {
		return fmt.Errorf("%w: %s instead of %s", banklink.ErrEcho, echoed, at.Amount)
	}
	return nil
}

// readReport binds a pacs.002 to a payout by its UETR and every other reference that it repeats.
func readReport(m *iso20022.StatusReport, at payment.Attempt, zone *time.Location) (sayings, error) {
	reference := banklink.ReferenceOf(at.ID)
	if len(m.Transactions) != 1 || len(m.Groups) > 1 {
		return sayings{}, fmt.Errorf("%w: not about one payment", banklink.ErrEcho)
	}
	t := m.Transactions[0]
	if t.Original.UETR != at.UETR || (t.Original.EndToEndID != "" && t.Original.EndToEndID != reference) {
		return sayings{}, fmt.Errorf("%w: another reference", banklink.ErrEcho)
	}
	r := report{status: t.Status, at: m.CreatedAt.Time(zone)}
	reasons := t.Reasons
	for _, group := range m.Groups {
		if r.status == "" {
			r.status, reasons = group.Status, group.Reasons
		}
		if group.Status != "" && (group.Status == iso20022.Rejected) != (r.status == iso20022.Rejected) {
			return sayings{}, fmt.Errorf("%w: %s and %s", banklink.ErrConflict, group.Status, r.status)
		}
	}
	if len(reasons) > 0 {
		r.code = reasons[0].Code.Value
	}
	said := sayings{reports: []report{r}, id: t.ServicerReference}
	for _, c := range t.Charges {
		said.charges = append(said.charges, payment.Charge{Agent: c.Agent.BIC, Amount: c.Amount})
	}
	return said, bound(t.Original.Amount, at, r.status)
}

// sum is an amount as the tracker writes it.
type sum struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func (s *sum) read() (money.Amount, error) {
	if s == nil {
		return money.Amount{}, nil
	}
	return iso20022.ParseAmount(s.Amount, s.Currency)
}

// track is what the tracker says of a payout.
type track struct {
	UETR    string `json:"uetr"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Updates []struct {
		Status string    `json:"status"`
		Reason string    `json:"reason"`
		At     time.Time `json:"at"`
	} `json:"updates"`
	Charges []struct {
		sum

		Agent string `json:"agent"`
	} `json:"charges"`
	Instructed *sum `json:"instructed"`
	Credited   *sum `json:"credited"`
}

// readTrack binds what the tracker says to a payout.
func readTrack(reply line.Reply, at payment.Attempt) (sayings, error) {
	var t track
	if err := reply.Decode(&t, http.StatusOK); err != nil {
		return sayings{}, err
	}
	if t.UETR != at.UETR || t.Status == "" {
		return sayings{}, fmt.Errorf("%w: another payment, or no status", banklink.ErrEcho)
	}
	var said sayings
	newest := time.Time{}
	for _, u := range t.Updates {
		said.reports = append(said.reports, report{iso20022.Status(u.Status), u.Reason, u.At})
		if u.At.After(newest) {
			newest = u.At
		}
	}
	said.reports = append(said.reports, report{iso20022.Status(t.Status), t.Reason, newest})
	for _, c := range t.Charges {
		taken, err := c.read()
		if err != nil {
			return sayings{}, err
		}
		said.charges = append(said.charges, payment.Charge{Agent: c.Agent, Amount: taken})
	}
	instructed, err := t.Instructed.read()
	if err != nil {
		return sayings{}, err
	}
	if said.delivered, err = t.Credited.read(); err != nil {
		return sayings{}, err
	}
	return said, bound(instructed, at, iso20022.Status(t.Status))
}
