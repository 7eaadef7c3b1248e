package iso20022

import "github.com/causeway-pay/causeway/money"

// EntryStatus says how firm an entry is.
type EntryStatus string

// The statuses of an entry. Only a booked one moved money, whatever else a bank may write.
const (
	Booked      EntryStatus = "BOOK"
	Expected    EntryStatus = "PDNG"
	Information EntryStatus = "INFO"
	Future      EntryStatus = "FUTR"
)

// Entry is one line of an account: one payment, or a batch of them.
type Entry struct {
	Reference         string
	Amount            money.Amount
	Direction         Direction
	Reversal          bool        // it takes back an earlier entry; the direction is that of this entry, not of the earlier one
	Status            EntryStatus // empty when the bank has a word of its own
	BookedAt          Moment
	ValueDate         Moment
	ServicerReference string // the bank's own, unique on the account
	Type              EntryType
	Charges           Charges
	Details           []EntryDetails
	Note              string
}

// EntryType is what the bank says that the entry is (BankTransactionCode).
type EntryType struct {
	Domain, Family, SubFamily string // "PMNT", "RCDT", "ESCT"; all or none
	Proprietary               string // the bank's own word
}

// EntryDetails are payments of an entry that belong together.
type EntryDetails struct {
	Batch        Batch
	Transactions []EntryTransaction
}

// Batch is the order that the payments of an entry came from.
type Batch struct {
	MessageID string
	PaymentID string
	Count     int
	Total     money.Amount
	Direction Direction
}

// Charges are what the bank took for a payment.
type Charges struct {
	Total   money.Amount // charges and taxes
	Records []ChargeRecord
}

// ChargeRecord is one of the charges.
type ChargeRecord struct {
	Amount    money.Amount
	Direction Direction
	Included  bool   // the amount of the entry is what was left after it
	Type      string // external code of charge types
	Bearer    Bearer
	Agent     Agent
}

func (e *Entry) visit(f *form) {
	f.may("NtryRef", reference(&e.Reference))
	f.must("Amt", amount(&e.Amount))
	f.must("CdtDbtInd", direction(&e.Direction))
	f.may("RvslInd", mark(&e.Reversal))
	f.must("Sts", func(f *form) { f.should("Cd", code(&e.Status)) })
	f.may("BookgDt", dateOrTime(&e.BookedAt))
	f.may("ValDt", dateOrTime(&e.ValueDate))
	f.may("AcctSvcrRef", reference(&e.ServicerReference))
	f.should("BkTxCd", e.Type.visit)
	f.may("Chrgs", e.Charges.visit)
	many(f, "NtryDtls", &e.Details, (*EntryDetails).visit)
	f.may("AddtlNtryInf", text(noteMax, &e.Note))
}

func (t *EntryType) visit(f *form) {
	f.may("Domn", func(f *form) {
		f.should("Cd", code(&t.Domain))
		f.should("Fmly", func(f *form) {
			f.should("Cd", code(&t.Family))
			f.should("SubFmlyCd", code(&t.SubFamily))
		})
	})
	f.may("Prtry", func(f *form) { f.should("Cd", text(referenceMax, &t.Proprietary)) })
}

func (d *EntryDetails) visit(f *form) {
	f.may("Btch", d.Batch.visit)
	many(f, "TxDtls", &d.Transactions, (*EntryTransaction).visit)
}

func (b *Batch) visit(f *form) {
	f.may("MsgId", reference(&b.MessageID))
	f.may("PmtInfId", reference(&b.PaymentID))
	f.may("NbOfTxs", number(&b.Count))
	f.may("TtlAmt", amount(&b.Total))
	f.may("CdtDbtInd", direction(&b.Direction))
}

func (c *Charges) visit(f *form) {
	f.may("TtlChrgsAndTaxAmt", amount(&c.Total))
	many(f, "Rcrd", &c.Records, (*ChargeRecord).visit)
}

func (r *ChargeRecord) visit(f *form) {
	f.must("Amt", amount(&r.Amount))
	f.may("CdtDbtInd", direction(&r.Direction))
	f.may("ChrgInclInd", mark(&r.Included))
	f.may("Tp", func(f *form) { f.may("Cd", code(&r.Type)) })
	f.may("Br", bearer(&r.Bearer))
	f.may("Agt", r.Agent.visit)
}
