package payment

import (
	"time"

	"github.com/causeway-pay/causeway/money"
)

// PayoutView is a payout as merchants see it: the answer of the API, and the data of events.
type PayoutView struct {
	ID          string            `json:"id" example:"po_01KAPR3Z5V9W6QZ2M8D4X7TJ5N"`
	Object      string            `json:"object" enum:"payout"`
	Status      Status            `json:"status" enum:"draft,awaiting_approval,held,processing,in_transit,paid,failed,returned,canceled,needs_review"`
	Exceptions  []string          `json:"exceptions,omitempty" doc:"What is unusual beside the status, such as outcome_unknown"`
	Mode        Mode              `json:"mode" enum:"test,live"`
	Amount      money.Wire        `json:"amount" doc:"What the beneficiary is sent"`
	Debit       money.Wire        `json:"debit" doc:"What your balance is debited, fees included"`
	Beneficiary BeneficiaryView   `json:"beneficiary"`
	Method      MethodView        `json:"method"`
	Bearer      Bearer            `json:"charge_bearer,omitempty" enum:"DEBT,SHAR,CRED,SLEV" doc:"Who pays the banks on the way (ISO 20022)"`
	UETR        string            `json:"uetr,omitempty" doc:"The reference by which every bank on the way knows it"`
	Tx          string            `json:"tx,omitempty" doc:"Transaction hash, on a chain"`
	Tracking    *TrackingView     `json:"tracking,omitempty"`
	Delivered   *money.Wire       `json:"delivered_amount,omitempty" doc:"What the beneficiary was credited"`
	Charges     []ChargeView      `json:"charges,omitempty" doc:"What banks on the way deducted"`
	Returned    *money.Wire       `json:"returned_amount,omitempty" doc:"What came back"`
	Credited    *money.Wire       `json:"returned_credit,omitempty" doc:"What your balance was given back for it"`
	ReturnCode  string            `json:"return_code,omitempty" doc:"ISO 20022 external return reason"`
	Quote       QuoteView         `json:"quote"`
	LastError   *Fault            `json:"last_error,omitempty"`
	NextCheckAt string            `json:"next_check_at,omitempty" format:"date-time"`
	ApprovedBy  string            `json:"approved_by,omitempty"`
	Reference   string            `json:"reference,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	CreatedAt   string            `json:"created_at" format:"date-time"`
	UpdatedAt   string            `json:"updated_at" format:"date-time"`
	Version     int64             `json:"version"`
}

// BeneficiaryView is whom a payout is for.
type BeneficiaryView struct {
	ID      string `json:"id"`
	Object  string `json:"object" enum:"beneficiary"`
	Name    string `json:"name"`
	Country string `json:"country,omitempty"`
	Account string `json:"account,omitempty" doc:"IBAN or account number"`
	BIC     string `json:"bic,omitempty"`
	Town    string `json:"town,omitempty"`
	Address string `json:"address,omitempty" doc:"On a chain"`
	Network string `json:"network,omitempty" doc:"CAIP-2 id of the chain"`
	Purpose string `json:"purpose,omitempty"`
}

// TrackingView is where a payout is now.
type TrackingView struct {
	Code string `json:"code" doc:"Status of ISO 20022, or reason G000 to G004 of the tracker"`
	At   string `json:"at,omitempty" format:"date-time"`
}

// ChargeView is what one bank on the way deducted.
type ChargeView struct {
	Agent  string     `json:"agent" doc:"BIC"`
	Amount money.Wire `json:"amount"`
}

// View renders the beneficiary.
func (b Beneficiary) View() BeneficiaryView {
	return BeneficiaryView{
		ID: b.ID, Object: "beneficiary", Name: b.Name, Country: b.Country, Account: b.Account, BIC: b.Agent, Town: b.Town,
		Address: b.Address, Network: b.Network, Purpose: b.Purpose,
	}
}

// PayoutView renders the payout at the moment now, with texts in the language lang.
func (p Payment) PayoutView(now time.Time, lang string) PayoutView {
	v := PayoutView{
		ID: string(p.ID), Object: "payout", Status: p.Status(), Exceptions: p.Exceptions(now), Mode: p.Mode,
		Amount: p.Moves().Wire(), Debit: p.Debit().Wire(), Method: ViewMethod(p.Method), Bearer: p.Order.Bearer,
		Quote: ViewQuote(p.Quote), LastError: p.lastError(now, lang), ApprovedBy: p.ApprovedBy,
		Reference: p.Order.Reference, Metadata: p.Order.Metadata,
		CreatedAt: Stamp(p.CreatedAt), UpdatedAt: Stamp(p.UpdatedAt), Version: p.Version,
	}
	if p.Order.Beneficiary != nil {
		v.Beneficiary = p.Order.Beneficiary.View()
	}
	if last, ok := p.Last(); ok {
		p.viewProgress(&v, last)
		if last.Outcome == Unknown && v.Exceptions != nil {
			v.NextCheckAt = Stamp(last.CheckAt)
		}
	}
	if o, came := p.returned(); came {
		v.Returned, v.ReturnCode = wire(o.Amount), o.Note
		if o.Outcome == Done {
			v.Credited = wire(o.Booking.FromAvailable)
		}
	}
	return v
}

func (p Payment) viewProgress(v *PayoutView, a Attempt) {
	v.UETR, v.Tx = a.UETR, a.Progress.Tx
	v.Delivered = wire(a.Progress.Delivered)
	if a.Progress.Code != "" {
		v.Tracking = &TrackingView{Code: a.Progress.Code, At: Stamp(a.Progress.At)}
	}
	for _, c := range a.Progress.Charges {
		v.Charges = append(v.Charges, ChargeView{Agent: c.Agent, Amount: c.Amount.Wire()})
	}
}

// wire writes an amount, and nothing for one that was left out.
func wire(a money.Amount) *money.Wire {
	if a.Asset().IsZero() {
		return nil
	}
	w := a.Wire()
	return &w
}
