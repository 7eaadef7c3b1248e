package iso20022_test

import (
	"github.com/causeway-pay/causeway/money"
	. "github.com/causeway-pay/causeway/rails/iso20022"
)

func statement() *AccountReport {
	return &AccountReport{
		Message: Camt053, MessageID: "STMT_2026-03-03", CreatedAt: noon, Page: Page{Number: 1, Last: true},
		Accounts: []AccountStatement{{
			ID: "62", Page: Page{Number: 2, Last: false}, Sequence: 62, CreatedAt: noon, From: "2026-03-03T00:00:00", To: "2026-03-03T23:59:59",
			Account: merchantAccount, Owner: merchant, Servicer: deutsche,
			Balances: []Balance{
				{Type: coded("OPBD"), Amount: money.Must("1000.00", "EUR"), Direction: Credit, Date: day},
				{Type: coded("CLBD"), Amount: money.Must("0.00", "EUR"), Direction: Credit, Date: day},
				{Type: proprietary("MINIMUM"), Amount: money.Must("5.00", "EUR"), Direction: Debit, Date: noon},
			},
			Entries: []Entry{entry(), reversal()},
			Note:    "end of day",
		}},
	}
}

func intraday() *AccountReport {
	return &AccountReport{
		Message: Camt052, MessageID: "RPT-1", CreatedAt: noon,
		Accounts: []AccountStatement{{ID: "1", Account: merchantAccount, Entries: []Entry{entry()}}},
	}
}

func notification() *AccountReport {
	return &AccountReport{
		Message: Camt054, MessageID: "NTF-1", CreatedAt: noon,
		Accounts: []AccountStatement{
			{ID: "1", Account: merchantAccount, Entries: []Entry{entry(), reversal()}},
			{ID: "2", Account: smithAccount, Note: "nothing"},
		},
	}
}

func entry() Entry {
	return Entry{
		Reference: "1", Amount: money.Must("1250.00", "EUR"), Direction: Credit, Status: Booked, BookedAt: day, ValueDate: noon,
		ServicerReference: "DB/20260303/1", Type: EntryType{Domain: "PMNT", Family: "RCDT", SubFamily: "ESCT", Proprietary: "NTRF+166"},
		Charges: Charges{Total: money.Must("2.50", "EUR"), Records: []ChargeRecord{{
			Amount: money.Must("2.50", "EUR"), Direction: Debit, Included: true, Type: "COMM", Bearer: BearerShared, Agent: deutsche,
		}}},
		Details: []EntryDetails{{
			Batch: Batch{MessageID: messageID, PaymentID: paymentID, Count: 2, Total: money.Must("1250.00", "EUR"), Direction: Credit},
			Transactions: []EntryTransaction{
				{
					MessageID: messageID, ServicerReference: "DB-1", PaymentID: paymentID, InstructionID: orderID,
					EndToEndID: orderID, UETR: uetrOne, TransactionID: legID, ClearingReference: "T2-9",
					Amount: money.Must("1000.00", "EUR"), Direction: Credit, InstructedAmount: money.Must("1072.20", "USD"),
					Charges: Charges{Total: money.Must("2.50", "EUR")},
					Debtor:  baker, DebtorAccount: bakerAccount, UltimateDebtor: smith, Creditor: merchant,
					CreditorAccount: merchantAccount, UltimateCreditor: Party{Name: "Shop 7"}, DebtorAgent: paribas, CreditorAgent: deutsche,
					Purpose: coded("GDDS"),
					Remittance: Remittance{
						Lines:      []string{"Invoice 17"},
						References: []Reference{CreditorReference("RF18539007547034"), {Type: proprietary("QRR"), Value: "210000000003139471430009017"}},
					},
					AcceptedAt: morning, SettlementDate: day, Note: "first of two",
					OwnReferences: []OwnReference{{"REVERSED", "SVC-0"}},
				},
				{EndToEndID: "NOTPROVIDED", UETR: uetrTwo, Amount: money.Must("250.00", "EUR"), Direction: Credit},
			},
		}},
		Note: "collected",
	}
}

func reversal() Entry {
	return Entry{
		Amount: money.Must("15.5", "EUR"), Direction: Credit, Reversal: true, Status: Expected, BookedAt: noon, ValueDate: "2026-03-04T08:00:00",
		Type: EntryType{Proprietary: "RTRN"},
		Details: []EntryDetails{{Transactions: []EntryTransaction{{
			EndToEndID: legID,
			Return: ReturnInformation{
				OriginalType: EntryType{Domain: "PMNT", Family: "ICDT", SubFamily: "ESCT"},
				Reason:       Reason{Originator: Party{Name: "Chase"}, Code: coded("AC04"), Notes: []string{"closed"}},
			},
		}}}},
	}
}

func us() Actor   { return Actor{Party: Party{Name: "Causeway Pay GmbH"}} }
func bank() Actor { return Actor{Agent: deutsche} }

func assignment(from, to Actor) Assignment {
	return Assignment{ID: messageID, From: from, To: to, CreatedAt: noon}
}

func cancellation() *CancellationRequest {
	return &CancellationRequest{
		Assignment: assignment(us(), bank()), Case: Case{ID: "C-1", Creator: us()},
		Payments: []PaymentCancellation{{
			ID: "X1", PaymentID: paymentID, Original: messageOriginal, Whole: true, Reasons: []Reason{{Code: coded("CUST")}},
			Transactions: []Cancellation{{
				ID: "X2", Case: Case{ID: "C-2", Creator: us()}, Original: customerOriginal,
				Reasons: []Reason{{Code: coded("DUPL"), Notes: []string{"sent twice"}}},
			}},
		}},
	}
}

func recall() *Recall {
	return &Recall{
		Assignment: assignment(bank(), Actor{Agent: chase}), Case: Case{ID: "C-1", Creator: bank()},
		Transactions: []Cancellation{{
			ID: "X1", Case: Case{ID: "C-2", Creator: bank()}, Original: interbankOriginal,
			Reasons: []Reason{{Code: coded("FRAD"), Notes: []string{"reported by the payer"}}},
		}},
	}
}

func customerResolution() *Resolution {
	return &Resolution{
		Assignment: assignment(bank(), us()), Case: Case{ID: "C-1", Creator: us()}, Confirmation: CancellationPending,
		Details: []CancellationDetails{{
			Group: GroupCancellation{Original: messageOriginal, Status: CancelPartly, Reasons: []Reason{{Code: proprietary("half")}}},
			Payments: []PaymentCancellationStatus{{
				PaymentID: paymentID, Status: CancelPartly, Reasons: []Reason{{Code: coded("CUST")}},
				Transactions: []CancellationResult{
					{ID: "Y1", Case: Case{ID: "C-2", Creator: us()}, Original: customerOriginal, Status: CancelAccepted},
					{Original: Original{EndToEndID: legID}, Status: CancelRejected, Reasons: []Reason{{Code: coded("AGNT")}}},
				},
			}},
		}},
	}
}

func resolution() *Resolution {
	return &Resolution{
		Assignment: assignment(Actor{Agent: chase}, bank()), Case: Case{ID: "C-1", Creator: bank()}, Confirmation: CancellationRefused,
		Details: []CancellationDetails{{Transactions: []CancellationResult{{
			ID: "Y1", Case: Case{ID: "C-2", Creator: bank()}, Original: interbankOriginal, Status: CancelRejected,
			Reasons: []Reason{{Originator: Party{Name: "Jane Smith"}, Code: coded("CUST"), Notes: []string{"no agreement"}}},
		}}}},
	}
}
