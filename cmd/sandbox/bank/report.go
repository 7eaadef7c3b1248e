package bank

import (
	"strings"
	"time"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/clock"
	"github.com/causeway-pay/causeway/cmd/sandbox/iso"
)

// requested reads a pacs.028 about one payment, and the scenario it asks for.
func requested(m iso.Message, d *iso.StatusRequest) (string, string, error) {
	faults := headerFaults(m)
	if len(d.UETRs) != 1 || !uetrGrammar.MatchString(d.UETRs[0]) {
		return "", "", invalid(append(faults, "a pacs.028 names one payment: OrgnlUETR")...)
	}
	return d.UETRs[0], d.Simulate, invalid(faults...)
}

// report returns the status report of the payment under reference that came as message, or ErrNotFound.
func (b *book) report(reference, message string, wrong bool) ([]byte, error) {
	defer b.begin()()
	p, ok := b.payments[paymentKey{message, reference}]
	if !ok {
		return nil, ErrNotFound
	}
	return b.reportOn(p, wrong), nil
}

func (p *payment) betweenBanks() bool { return p.order.Message == iso.Pacs008 }

// reportOn writes what p is now as a pain.002 or a pacs.002. A wrong report echoes an amount that nobody asked for.
func (b *book) reportOn(p *payment, wrong bool) []byte {
	o, now := p.order, p.now()
	transfer := iso.TransferReport{
		StatusID: b.newReference(), InstructionID: o.InstructionID, EndToEndID: o.EndToEndID, TransactionID: o.TransactionID,
		UETR: o.UETR, Status: now.status, Reasons: iso.NewReasons(now.reason, ""), ServicerRef: p.reference,
		Charges: charges(p.levies, o.Currency), Accepted: moment(p.accepted), Echo: echo(o, wrong),
	}
	original := iso.OriginalGroup{ID: o.MessageID, Message: o.Message, Status: now.status}
	if !p.betweenBanks() {
		original.Reasons = transfer.Reasons
		return iso.Write(nil, iso.CustomerReport{
			Root: iso.Open(iso.Pain002), ID: b.newReference(), Created: moment(now.at), Debtor: iso.NewAgent(b.config.BIC),
			Original: original, Payment: &iso.PaymentReport{ID: o.PaymentID, Transfer: transfer},
		})
	}
	transfer.Instructing = iso.NewAgent(now.agent)
	report := iso.BankReport{
		Root: iso.Open(iso.Pacs002), ID: b.newReference(), Created: moment(now.at), From: iso.NewAgent(b.config.BIC),
		To: iso.NewAgent(o.From), Original: &original, Transfer: &transfer,
	}
	return iso.Write(b.header(o.From, iso.Pacs002, report.ID), report)
}

func echo(o order, wrong bool) *iso.OriginalAmount {
	if o.Amount.IsZero() {
		return nil
	}
	value := o.Amount
	if wrong {
		value = value.OneMore()
	}
	said := money(value, o.Currency)
	if o.Message == iso.Pacs008 {
		return &iso.OriginalAmount{Settled: &said}
	}
	return &iso.OriginalAmount{Instructed: &said}
}

// header returns the header of a message to another bank. One that never named itself is addressed as the bank itself
// would be: every header needs a receiver.
func (b *book) header(to, message, id string) *iso.Header {
	if to == "" {
		to = b.config.BIC
	}
	return &iso.Header{From: b.config.BIC, To: to, ID: id, Message: message, Created: moment(b.at)}
}

// returnOf writes the pacs.004 of a payment that came back.
func (b *book) returnOf(p *payment, reason string) []byte {
	o := p.order
	document := iso.Return{
		Root: iso.Open(iso.Pacs004), ID: b.newReference(), Created: moment(b.at), Count: "1", Method: "INDA",
		Account: accountNumber(b.accountOf(o).ID), From: iso.NewAgent(b.config.BIC), To: iso.NewAgent(o.From),
		Transfer: iso.ReturnedTransfer{
			ID: b.newReference(), OriginalID: o.MessageID, OriginalMessage: o.Message, InstructionID: o.InstructionID,
			EndToEndID: o.EndToEndID, TransactionID: o.TransactionID, UETR: o.UETR,
			OriginalAmount: money(o.Amount, o.Currency), Amount: money(*p.returned, o.Currency),
			Date: b.at.Format(time.DateOnly), Reasons: iso.NewReasons(reason, ""),
		},
	}
	if kept := p.left.Sub(*p.returned); kept.Exceeds(kept.Zero()) {
		said := money(p.left, o.Currency)
		document.Transfer.Instructed, document.Transfer.Bearer = &said, "SHAR"
		document.Transfer.Charges = []iso.Charge{{Amount: money(kept, o.Currency), Agent: iso.Agent{BIC: o.CreditorBIC}}}
	}
	return iso.Write(b.header(o.From, iso.Pacs004, document.ID), document)
}

// resolution writes the camt.029 that answers a cancellation.
func (b *book) resolution(c cancellation, r recall) []byte {
	document := iso.Resolution{
		Root: iso.Open(iso.Camt029), ID: b.newReference(), Created: moment(b.at),
		Assigner: iso.Agent{BIC: b.config.BIC}, Status: r.status,
	}
	transfer := iso.ResolvedTransfer{
		CancellationID: c.id, Status: strings.Replace(r.status, recallDone, "ACCR", 1), Reasons: iso.NewReasons(r.reason, ""),
	}
	if c.message == iso.Camt055 {
		transfer.EndToEndID = c.reference
		document.Assignee.Party = &iso.Party{Name: notProvided}
		document.Details.Payment = &iso.ResolvedPayment{ID: c.payment, Transfer: transfer}
		return iso.Write(nil, document)
	}
	transfer.UETR = c.reference
	document.Assignee.Agent = iso.NewAgent(c.from)
	document.Details.Transfer = &transfer
	return iso.Write(b.header(c.from, iso.Camt029, document.ID), document)
}

func charges(levies []levy, currency string) []iso.Charge {
	var list []iso.Charge
	for _, each := range levies {
		list = append(list, iso.Charge{Amount: money(each.amount, currency), Agent: iso.Agent{BIC: each.agent}})
	}
	return list
}

func money(value amount.Amount, currency string) iso.Money {
	return iso.Money{Currency: currency, Value: value.String()}
}

// accountNumber writes an account number as the IBAN that it is, or as another number.
func accountNumber(id string) *iso.Account {
	switch {
	case id == "":
		return nil
	case validIBAN(id):
		return &iso.Account{ID: iso.AccountID{IBAN: id}}
	}
	return &iso.Account{ID: iso.AccountID{Other: &iso.OtherNumber{Value: id}}}
}

// moment writes a time, and nothing for no time.
func moment(t clock.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(clock.Layout)
}
