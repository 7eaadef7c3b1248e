package iso20022

import (
	"errors"
	"fmt"
)

// Faults of a cross-border payment that the schema alone would let through.
var (
	// ErrSingle is returned when a message does not have exactly one transaction.
	ErrSingle = errors.New("a cross-border message has one transaction")
	// ErrNoUETR is returned when a transaction has no UETR.
	ErrNoUETR = errors.New("transaction has no UETR")
	// ErrNoCharges is returned when the debtor does not pay all charges, and the message does not say what was taken.
	ErrNoCharges = errors.New("charges are missing, and the debtor does not pay them all")
	// ErrBearer is returned when a service level is to decide who pays the charges, which has no meaning across borders.
	ErrBearer = errors.New("bearer of charges must be DEBT, SHAR or CRED")
	// ErrNoAgentBIC is returned when an agent has no BIC.
	ErrNoAgentBIC = errors.New("agent has no BIC")
	// ErrNoName is returned when debtor or creditor has no name.
	ErrNoName = errors.New("party has no name")
	// ErrNoDate is returned when a transaction has no settlement date.
	ErrNoDate = errors.New("transaction has no settlement date")
	// ErrNotPositive is returned when an amount is zero.
	ErrNotPositive = errors.New("amount is not positive")
	// ErrNoInstructed is returned when charges or an exchange rate stand without the instructed amount that they explain.
	ErrNoInstructed = errors.New("instructed amount is missing beside charges or a rate")
	// ErrClearing is returned when a correspondent payment names a clearing system as its settlement.
	ErrClearing = errors.New("settlement is not by correspondent")
)

// CheckCBPR checks a customer credit transfer against those rules of cross-border payments and reporting (CBPR+) that are
// public: one transaction with a UETR, settlement by correspondents on a stated date, agents with a BIC, named parties
// with a structured or hybrid address, the Swift X set, and charges unless the debtor pays them all. It is neither the
// whole of CBPR+ nor a certification. It returns every fault joined.
func CheckCBPR(m *InterbankTransfer) error {
	var faults []error
	if len(m.Transactions) != 1 {
		faults = append(faults, fmt.Errorf("%w: %d", ErrSingle, len(m.Transactions)))
	}
	if m.Settlement.Method == ByClearing {
		faults = append(faults, ErrClearing)
	}
	for _, t := range m.Transactions {
		faults = append(faults, t.money()...)
		faults = append(faults, t.actors(m)...)
		for _, line := range t.Remittance.Lines {
			faults = appendFault(faults, "remittance", checkLine(remittanceMax, line))
		}
	}
	return errors.Join(faults...)
}

func (t *InterbankTransaction) money() []error {
	var faults []error
	if t.UETR == "" {
		faults = append(faults, ErrNoUETR)
	} else {
		faults = appendFault(faults, "UETR", CheckUETR(t.UETR))
	}
	if t.Amount.Sign() <= 0 {
		faults = append(faults, ErrNotPositive)
	}
	if t.SettlementDate == "" {
		faults = append(faults, ErrNoDate)
	}
	switch t.Bearer {
	case BearerDebtor:
	case BearerShared, BearerCreditor:
		if len(t.Charges) == 0 {
			faults = append(faults, ErrNoCharges)
		}
	default:
		faults = append(faults, ErrBearer)
	}
	if (len(t.Charges) > 0 || t.ExchangeRate != "") && t.InstructedAmount.Asset().IsZero() {
		faults = append(faults, ErrNoInstructed)
	}
	return faults
}

func (t *InterbankTransaction) actors(m *InterbankTransfer) []error {
	var faults []error
	for _, agent := range []struct {
		role string
		Agent
	}{
		{"debtor agent", t.DebtorAgent},
		{"creditor agent", t.CreditorAgent},
		{"instructing agent", either(t.InstructingAgent, m.InstructingAgent)},
		{"instructed agent", either(t.InstructedAgent, m.InstructedAgent)},
	} {
		if agent.BIC == "" {
			faults = append(faults, fmt.Errorf("%s: %w", agent.role, ErrNoAgentBIC))
			continue
		}
		faults = appendFault(faults, agent.role, CheckBIC(agent.BIC))
	}
	if t.Intermediary.BIC != "" {
		faults = appendFault(faults, "intermediary", CheckBIC(t.Intermediary.BIC))
	}
	for _, party := range []struct {
		role string
		Party
		needed bool
	}{
		{"debtor", t.Debtor, true},
		{"creditor", t.Creditor, true},
		{"ultimate debtor", t.UltimateDebtor, false},
		{"ultimate creditor", t.UltimateCreditor, false},
	} {
		faults = appendFault(faults, party.role, checkSwift(nameMax, party.Name))
		if !party.needed {
			continue
		}
		if party.Name == "" {
			faults = append(faults, fmt.Errorf("%s: %w", party.role, ErrNoName))
		}
		faults = appendFault(faults, party.role, CheckAddress(party.Address))
	}
	return faults
}

// either is the agent of the transaction, or else that of the message.
func either(own, common Agent) Agent {
	if own.BIC != "" {
		return own
	}
	return common
}

func appendFault(faults []error, what string, err error) []error {
	if err == nil {
		return faults
	}
	return append(faults, fmt.Errorf("%s: %w", what, err))
}
