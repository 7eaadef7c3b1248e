package iso20022

import "strings"

// Kind is the identifier of a message definition, with its variant and version: "pain.001.001.09".
type Kind string

// The messages that this package reads and writes.
const (
	Pain001 Kind = "pain.001.001.09" // customer credit transfer initiation
	Pain002 Kind = "pain.002.001.10" // customer payment status report
	Camt052 Kind = "camt.052.001.08" // bank to customer account report, during the day
	Camt053 Kind = "camt.053.001.08" // bank to customer statement
	Camt054 Kind = "camt.054.001.08" // bank to customer debit credit notification
	Camt055 Kind = "camt.055.001.08" // customer payment cancellation request
	Camt056 Kind = "camt.056.001.08" // bank to bank payment cancellation request: a recall
	Camt029 Kind = "camt.029.001.09" // resolution of investigation: the answer to camt.055 and camt.056
	Pacs008 Kind = "pacs.008.001.08" // bank to bank customer credit transfer
	Pacs002 Kind = "pacs.002.001.10" // bank to bank payment status report
	Pacs004 Kind = "pacs.004.001.09" // payment return
	Pacs028 Kind = "pacs.028.001.03" // bank to bank payment status request

	// Head001 is the business application header, which is no message of its own.
	Head001 Kind = "head.001.001.02"
)

const namespacePrefix = "urn:iso:std:iso:20022:tech:xsd:"

// Namespace is the XML namespace of the message: "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09".
func (k Kind) Namespace() string { return namespacePrefix + string(k) }

// Wrapped reports whether the message may travel in a BusinessMessage, behind its header, as what banks say to each other
// does. The answer to a cancellation (camt.029) travels as the request did: behind a header to a bank, bare to a customer.
func (k Kind) Wrapped() bool {
	return strings.HasPrefix(string(k), "pacs.") || k == Camt056 || k == Camt029
}

// Bare reports whether the message may travel as a Document alone, as what a customer and its bank say to each other does.
func (k Kind) Bare() bool { return !k.Wrapped() || k == Camt029 }

// blank returns an empty message of the kind, or nil when the kind is none that is read.
func (k Kind) blank() Message {
	switch k {
	case Pain001:
		return new(CreditTransferInitiation)
	case Pain002:
		return new(InitiationStatus)
	case Camt052, Camt053, Camt054:
		return &AccountReport{Message: k}
	case Camt055:
		return new(CancellationRequest)
	case Camt056:
		return new(Recall)
	case Camt029:
		return new(Resolution)
	case Pacs008:
		return new(InterbankTransfer)
	case Pacs002:
		return new(StatusReport)
	case Pacs004:
		return new(Return)
	case Pacs028:
		return new(StatusRequest)
	}
	return nil
}
