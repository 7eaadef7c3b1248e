package payment

import (
	"time"

	"github.com/causeway-pay/causeway/money"
)

// TimeFormat is how times stand in JSON: RFC 3339, UTC, milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// Stamp writes a time for JSON, and nothing for the zero time.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(TimeFormat)
}

// View is a payment as merchants see it: the answer of the API, and the data of events.
type View struct {
	ID               string            `json:"id" example:"pay_01KAPR3Z5V9W6QZ2M8D4X7TJ5N"`
	Object           string            `json:"object" enum:"payment"`
	Status           Status            `json:"status" enum:"requires_action,processing,authorized,succeeded,failed,canceled,expired,needs_review"`
	Exceptions       []string          `json:"exceptions,omitempty" doc:"What is unusual beside the status, such as outcome_unknown"`
	Mode             Mode              `json:"mode" enum:"test,live"`
	Amount           money.Wire        `json:"amount" doc:"What was asked for"`
	AmountCharged    money.Wire        `json:"amount_charged" doc:"What the payer is charged with this method, fees on the payer's side included"`
	AmountDue        money.Wire        `json:"amount_due" doc:"What the payer has yet to pay, in what they are charged in"`
	AmountCapturable money.Wire        `json:"amount_capturable" doc:"Authorized and not captured yet"`
	AmountReceived   money.Wire        `json:"amount_received" doc:"Captured, before refunds"`
	AmountRefunded   money.Wire        `json:"amount_refunded" doc:"Given back to the payer"`
	Settlement       SettlementView    `json:"settlement"`
	Quote            QuoteView         `json:"quote"`
	Method           MethodView        `json:"method"`
	Capture          CaptureMode       `json:"capture" enum:"automatic,manual"`
	CaptureBefore    string            `json:"capture_before,omitempty" format:"date-time" doc:"When the authorization ends, as the channel said"`
	Receipts         []ReceiptView     `json:"receipts,omitempty" doc:"Transfers of the payer, oldest first"`
	Confirmations    *Confirmations    `json:"confirmations,omitempty" doc:"Of the newest transfer that does not count yet"`
	CancelRequested  bool              `json:"cancel_requested,omitempty"`
	NextAction       *NextAction       `json:"next_action,omitempty" doc:"What the payer has to do"`
	LastError        *Fault            `json:"last_error,omitempty" doc:"Why the payment failed or waits, and what to do about it"`
	NextCheckAt      string            `json:"next_check_at,omitempty" format:"date-time" doc:"When the unknown outcome is asked for again"`
	Reference        string            `json:"reference,omitempty"`
	CheckoutURL      string            `json:"checkout_url,omitempty" format:"uri" doc:"The payer's page; only in the answer that made the payment"`
	Customer         *Customer         `json:"customer,omitempty"`
	ReturnURL        string            `json:"return_url,omitempty"`
	Metadata         map[string]string `json:"metadata,omitempty"`
	ExpiresAt        string            `json:"expires_at" format:"date-time"`
	CreatedAt        string            `json:"created_at" format:"date-time"`
	UpdatedAt        string            `json:"updated_at" format:"date-time"`
	Version          int64             `json:"version" doc:"Increases with every change; of two views of one payment the higher is the newer"`
}

// SettlementView is what the merchant is credited, in the settlement currency.
type SettlementView struct {
	Gross       money.Wire `json:"gross" doc:"The converted amount, before fees"`
	Fee         money.Wire `json:"fee"`
	Net         money.Wire `json:"net" doc:"Gross less fee"`
	AvailableAt string     `json:"available_at,omitempty" format:"date-time" doc:"When the credit becomes available"`
}

// MethodView is how the payer pays.
type MethodView struct {
	Type   MethodType  `json:"type,omitempty" enum:"card,bank_transfer,cross_border,crypto" doc:"Absent until the payer has chosen"`
	Card   *CardView   `json:"card,omitempty"`
	Crypto *CryptoView `json:"crypto,omitempty"`
}

// CryptoView is a coin or token on a chain.
type CryptoView struct {
	Currency string `json:"currency" example:"USDC"`
	Network  string `json:"network" example:"eip155:1337" doc:"CAIP-2 id of the chain"`
}

// CardView is a card as the gateway knows it: by its token.
type CardView struct {
	Token string `json:"token" example:"tok_visa"`
}

// NextAction is what the payer has to do.
type NextAction struct {
	Type    string           `json:"type" enum:"choose_method,three_d_secure,display_bank_details,display_crypto_address"`
	URL     string           `json:"url,omitempty" format:"uri" doc:"three_d_secure: where the payer proves who they are"`
	Bank    *BankDetailsView `json:"bank_details,omitempty"`
	Crypto  *AddressView     `json:"crypto_address,omitempty"`
	Expires string           `json:"expires_at,omitempty" format:"date-time" doc:"Until when the price is held"`
}

// BankDetailsView is where to send a bank transfer.
type BankDetailsView struct {
	Amount    money.Wire `json:"amount" doc:"What is due"`
	Holder    string     `json:"holder"`
	IBAN      string     `json:"iban"`
	BIC       string     `json:"bic"`
	Reference string     `json:"reference" doc:"ISO 11649 creditor reference, to be given with the transfer"`
}

// AddressView is where to send coins or tokens.
type AddressView struct {
	Amount        money.Wire `json:"amount" doc:"What is due"`
	Address       string     `json:"address" doc:"Checksummed (EIP-55)"`
	Contract      string     `json:"contract,omitempty" doc:"Of the token"`
	URI           string     `json:"uri" doc:"EIP-681, for a wallet on the same device"`
	Confirmations int        `json:"confirmations" doc:"How deep a transfer must be to count"`
}

// ReceiptView is one transfer of the payer.
type ReceiptView struct {
	ID            string         `json:"id"`
	State         ReceiptState   `json:"state" enum:"seen,credited,orphaned"`
	Amount        money.Wire     `json:"amount"`
	Confirmations *Confirmations `json:"confirmations,omitempty"`
	Tx            string         `json:"tx,omitempty" doc:"Transaction hash, or the bank's end-to-end id"`
	Late          bool           `json:"late,omitempty"`
	At            string         `json:"at" format:"date-time" doc:"Block time, or booking time"`
}

// Confirmations is how deep a transfer is in its chain.
type Confirmations struct {
	Have int `json:"have"`
	Need int `json:"need"`
}

// OperationView is a capture or refund as merchants see it.
type OperationView struct {
	ID        string          `json:"id"`
	Object    string          `json:"object" enum:"capture,refund"`
	Payment   ID              `json:"payment"`
	Status    string          `json:"status" enum:"processing,succeeded,failed,needs_review"`
	Amount    money.Wire      `json:"amount"`
	Final     bool            `json:"final,omitempty" doc:"The rest of the authorization was released"`
	Debited   *money.Wire     `json:"debited,omitempty" doc:"What a refund took from the merchant's balance"`
	Reason    string          `json:"reason,omitempty"`
	LastError *OperationFault `json:"last_error,omitempty" doc:"Why it failed or waits"`
	CreatedAt string          `json:"created_at" format:"date-time"`
}

// View renders the payment at the moment now, with texts in the language lang ("en", "zh").
func (p Payment) View(now time.Time, lang string) View {
	gross, fee := p.settlement()
	v := View{
		ID: string(p.ID), Object: "payment", Status: p.Status(), Exceptions: p.Exceptions(now), Mode: p.Mode,
		Amount:           p.Order.Amount.Wire(),
		AmountCharged:    p.Debit().Wire(),
		AmountDue:        p.AmountDue().Wire(),
		AmountCapturable: p.Capturable().Wire(),
		AmountReceived:   p.Received().Wire(),
		AmountRefunded:   p.Refunded().Wire(),
		Settlement: SettlementView{
			Gross: gross.Wire(), Fee: fee.Wire(), Net: gross.Sub(fee).Wire(), AvailableAt: Stamp(p.SettleAt),
		},
		Quote: ViewQuote(p.Quote), Method: ViewMethod(p.Method), Capture: p.Order.Capture,
		CancelRequested: p.CancelRequested, LastError: p.lastError(now, lang),
		Reference: p.Order.Reference, ReturnURL: p.Order.ReturnURL, Metadata: p.Order.Metadata,
		ExpiresAt: Stamp(p.ExpiresAt), CreatedAt: Stamp(p.CreatedAt), UpdatedAt: Stamp(p.UpdatedAt), Version: p.Version,
	}
	if p.Order.Customer != (Customer{}) {
		v.Customer = &p.Order.Customer
	}
	last, ok := p.Last()
	if !ok {
		if p.choosing() && p.Closed == "" {
			v.NextAction = &NextAction{Type: "choose_method", Expires: Stamp(p.ExpiresAt)}
		}
		return v
	}
	p.viewReceipts(&v)
	switch last.Outcome {
	case ActionRequired, Pending:
		v.NextAction = p.nextAction(last)
	case Authorized:
		v.CaptureBefore = Stamp(last.ExpiresAt)
	case Unknown:
		if v.Exceptions != nil {
			v.NextCheckAt = Stamp(last.CheckAt)
		}
	}
	return v
}

// ViewMethod renders a method.
func ViewMethod(m Method) MethodView {
	v := MethodView{Type: m.Type}
	switch {
	case m.Type == MethodCard && m.Token != "":
		v.Card = &CardView{Token: m.Token}
	case m.Type == MethodCrypto:
		v.Crypto = &CryptoView{Currency: m.Currency, Network: m.Network}
	}
	return v
}

func (p Payment) viewReceipts(v *View) {
	for _, r := range p.Receipts {
		view := ReceiptView{ID: r.ID, State: r.State, Amount: r.Amount.Wire(), Tx: r.Tx, Late: r.Late, At: Stamp(r.At)}
		if r.Need > 0 {
			view.Confirmations = &Confirmations{Have: r.Have, Need: r.Need}
		}
		if r.State == ReceiptSeen {
			v.Confirmations = view.Confirmations
		}
		v.Receipts = append(v.Receipts, view)
	}
}

// nextAction says what the payer has to do about an attempt that waits for them, if anything.
func (p Payment) nextAction(a Attempt) *NextAction {
	in, due := a.Instruction, p.AmountDue()
	switch {
	case a.ChallengeURL != "":
		return &NextAction{Type: "three_d_secure", URL: a.ChallengeURL}
	case !p.pushed(a) || due.Sign() <= 0:
		return nil
	case in.Network != "":
		return &NextAction{Type: "display_crypto_address", Expires: Stamp(p.Quote.ExpiresAt), Crypto: &AddressView{
			Amount: due.Wire(), Address: in.PayTo, Contract: in.Contract, URI: in.WalletURI(due), Confirmations: in.Confirm,
		}}
	}
	return &NextAction{Type: "display_bank_details", Expires: Stamp(p.Quote.ExpiresAt), Bank: &BankDetailsView{
		Amount: due.Wire(), Holder: in.Holder, IBAN: in.Account, BIC: in.Agent, Reference: in.Reference,
	}}
}

// View renders a capture or refund of the payment of, with texts in the language lang.
func (o Operation) View(of ID, lang string) OperationView {
	v := OperationView{
		ID: o.ID, Object: string(o.Kind), Payment: of, Status: o.Status(), Amount: o.Amount.Wire(), Final: o.Final,
		Reason: o.Note, LastError: o.fault(lang), CreatedAt: Stamp(o.CreatedAt),
	}
	if o.Kind == Refund {
		debited := o.Booking.Reserved().Wire()
		v.Debited = &debited
	}
	return v
}
