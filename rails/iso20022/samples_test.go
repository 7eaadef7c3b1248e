package iso20022_test

import (
	"time"

	"github.com/causeway-pay/causeway/money"
	. "github.com/causeway-pay/causeway/rails/iso20022"
)

// The references of the samples.
const (
	messageID = "01JNDW4ZJ8Q3K7M5T2X9B6C0VA"
	paymentID = "01JNDW4ZJ8Q3K7M5T2X9B6C0VB"
	orderID   = "01JNDW4ZJ8Q3K7M5T2X9B6C0VC"
	legID     = "01JNDW4ZJ8Q3K7M5T2X9B6C0VD"
	uetrOne   = "8a562c67-ca16-48ba-b074-65581be6f001"
	uetrTwo   = "8a562c67-ca16-48ba-b074-65581be6f002"
)

var (
	morning = At(time.Date(2026, 3, 3, 9, 15, 30, 250e6, time.UTC))
	noon    = At(time.Date(2026, 3, 3, 13, 0, 0, 0, time.FixedZone("", 3600)))
	day     = On(time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC))

	deutsche = Agent{BIC: "DEUTDEFF"}
	paribas  = Agent{BIC: "BNPAFRPPXXX", Name: "BNP Paribas"}
	chase    = Agent{BIC: "CHASUS33", Clearing: "USABA", Member: "021000021"}

	merchant = Party{
		Name: "Causeway Pay GmbH", LEI: "529900T8BM49AURSDO55", OrganisationID: "HRB 12345",
		Address: Address{Street: "Hafenstr.", Building: "7", PostCode: "20457", Town: "Hamburg", Country: "DE"},
	}
	baker = Party{
		Name: "Boulangerie O'Neil & Fils <SARL>", Residence: "FR",
		Address: Address{Town: "Paris", Country: "FR", Lines: []string{"12 rue de l'Est", "2e etage"}},
	}
	smith = Party{
		Name: "Jane Smith", PersonID: "P-1234567",
		Address: Address{Street: "Main St", Building: "1", PostCode: "10001", Town: "New York", Subdivision: "NY", Country: "US"},
	}

	merchantAccount = Account{IBAN: "DE89370400440532013000", Currency: "EUR"}
	bakerAccount    = Account{IBAN: "FR1420041010050500013M02606"}
	smithAccount    = Account{Other: "1234567890", Name: "Jane Smith"}

	header = Header{
		From: deutsche, To: chase, BusinessID: messageID, Service: "swift.cbprplus.02", CreatedAt: morning,
	}
	settled = Settlement{Method: AtInstructed, Account: Account{Other: "400-500-600", Currency: "USD"}}

	customerOriginal = Original{
		InstructionID: orderID, EndToEndID: orderID, UETR: uetrOne, Amount: money.Must("1250.00", "EUR"), Date: day,
	}
	interbankOriginal = Original{
		MessageID: messageID, Message: Pacs008, CreatedAt: morning, InstructionID: orderID, EndToEndID: orderID,
		TransactionID: legID, UETR: uetrOne, Amount: money.Must("1340.25", "USD"), Date: day,
	}
	messageOriginal = Original{MessageID: messageID, Message: Pain001, CreatedAt: morning}
)

func coded(s string) Code       { return Code{Value: s} }
func proprietary(s string) Code { return Code{Value: s, Proprietary: true} }

// sample is one message with all that it can say.
type sample struct {
	name    string
	header  *Header
	message Message
}

func samples() []sample {
	return []sample{
		{"pain.001", nil, initiation()},
		{"pain.002", nil, initiationStatus()},
		{"camt.052", nil, intraday()},
		{"camt.053", nil, statement()},
		{"camt.054", nil, notification()},
		{"camt.055", nil, cancellation()},
		{"camt.029", nil, customerResolution()},
		{"camt.029-recall", &header, resolution()},
		{"camt.056", &header, recall()},
		{"pacs.008", &header, interbank()},
		{"pacs.002", &header, statusReport()},
		{"pacs.004", &header, returned()},
		{"pacs.028", &header, statusRequest()},
	}
}

func initiation() *CreditTransferInitiation {
	return &CreditTransferInitiation{
		MessageID: messageID, CreatedAt: morning, Initiator: Party{Name: "Causeway Pay GmbH"},
		PaymentID: paymentID, Batch: true, ServiceLevel: coded("SEPA"), RequestedDate: day,
		Debtor: merchant, DebtorAccount: merchantAccount, DebtorAgent: deutsche, Bearer: BearerService,
		Transfers: []Transfer{
			{
				InstructionID: orderID, EndToEndID: orderID, UETR: uetrOne, Amount: money.Must("1250.00", "EUR"),
				CategoryPurpose: coded("SUPP"), CreditorAgent: paribas, Creditor: baker, CreditorAccount: bakerAccount,
				Purpose: coded("GDDS"), Remittance: Remittance{References: []Reference{CreditorReference(NewRF(539007547034))}},
				Simulate: "accepted_slowly",
			},
			{
				EndToEndID: legID, Amount: money.Must("0.01", "EUR"), CreditorAgent: chase, Creditor: smith,
				CreditorAccount: smithAccount, Purpose: proprietary("rent for march"),
				Remittance: Remittance{Lines: []string{"Invoice 17", "thank you"}},
			},
		},
	}
}

func initiationStatus() *InitiationStatus {
	return &InitiationStatus{
		MessageID: legID, CreatedAt: noon, Initiator: Party{BIC: "DEUTDEFF"},
		Original: messageOriginal, Status: PartiallyAccepted, Reasons: []Reason{{Code: coded("TM01"), Notes: []string{"after the cut-off"}}},
		Payments: []PaymentStatus{{
			PaymentID: paymentID, Status: PartiallyAccepted,
			Transactions: []TransactionStatus{
				{
					ID: "S1", Original: customerOriginal, Status: AcceptedInProcess,
					Reasons:    []Reason{{Originator: Party{BIC: "BNPAFRPP"}, Code: proprietary("G002"), Notes: []string{"held"}}},
					Charges:    []Charge{{money.Must("1.50", "EUR"), paribas}},
					AcceptedAt: noon, ServicerReference: "DB-77",
				},
				{Original: Original{EndToEndID: legID}, Status: Rejected, Reasons: []Reason{{Code: coded("AC01")}}},
			},
		}},
	}
}

func interbank() *InterbankTransfer {
	return &InterbankTransfer{
		MessageID: messageID, CreatedAt: morning, Settlement: settled, InstructingAgent: deutsche, InstructedAgent: chase,
		Transactions: []InterbankTransaction{{
			InstructionID: orderID, EndToEndID: orderID, TransactionID: legID, UETR: uetrOne,
			ServiceLevel: coded("G001"), CategoryPurpose: coded("SUPP"),
			Amount: money.Must("1340.25", "USD"), SettlementDate: day, InstructedAmount: money.Must("1250.00", "EUR"),
			ExchangeRate: "1.0722", Bearer: BearerShared, Charges: []Charge{{money.Must("0.00", "EUR"), deutsche}},
			InstructingAgent: deutsche, InstructedAgent: chase, Intermediary: Agent{BIC: "CITIUS33"},
			UltimateDebtor: baker, Debtor: merchant, DebtorAccount: merchantAccount, DebtorAgent: deutsche,
			CreditorAgent: chase, Creditor: smith, CreditorAccount: smithAccount, UltimateCreditor: Party{Name: "John Smith"},
			Purpose: coded("GDDS"), Remittance: Remittance{Lines: []string{"Invoice 17"}}, Simulate: "held",
		}},
	}
}

func statusReport() *StatusReport {
	return &StatusReport{
		MessageID: paymentID, CreatedAt: noon, InstructingAgent: chase, InstructedAgent: deutsche,
		Groups: []GroupStatus{{Original: Original{MessageID: messageID, Message: Pacs008}, Status: AcceptedTechnical}},
		Transactions: []TransactionStatus{{
			ID: "S1", Original: interbankOriginal, Status: AcceptedInProcess, Reasons: []Reason{{Code: coded("G000")}},
			Charges: []Charge{{money.Must("12.00", "USD"), chase}}, AcceptedAt: noon, EffectiveDate: noon,
			ServicerReference: "CH-1", InstructingAgent: chase, InstructedAgent: deutsche,
		}},
	}
}

func returned() *Return {
	return &Return{
		MessageID: paymentID, CreatedAt: noon, Settlement: settled, InstructingAgent: chase, InstructedAgent: deutsche,
		Transactions: []ReturnedTransaction{{
			ID: "R1", Original: interbankOriginal, Amount: money.Must("1315.25", "USD"), SettlementDate: day,
			InstructedAmount: money.Must("1340.25", "USD"), ExchangeRate: "0.9327", Bearer: BearerCreditor,
			Charges:          []Charge{{money.Must("25.00", "USD"), chase}},
			InstructingAgent: chase, InstructedAgent: deutsche,
			Reasons: []Reason{{Originator: Party{Name: "Chase"}, Code: coded("AC04"), Notes: []string{"account closed"}}},
		}},
	}
}

func statusRequest() *StatusRequest {
	return &StatusRequest{
		MessageID: paymentID, CreatedAt: noon, InstructingAgent: deutsche, InstructedAgent: chase,
		Transactions: []StatusInquiry{{ID: "Q1", Original: interbankOriginal}},
	}
}
