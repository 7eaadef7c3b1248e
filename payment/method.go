package payment

// MethodType is a way to pay, or to be paid out.
type MethodType string

// The methods.
const (
	MethodCard         MethodType = "card"
	MethodBankTransfer MethodType = "bank_transfer" // domestic, with a structured reference
	MethodCrossBorder  MethodType = "cross_border"  // through correspondents
	MethodCrypto       MethodType = "crypto"
)

// Method is how the payer pays, or how a beneficiary is paid.
type Method struct {
	Type     MethodType `json:"type"`
	Token    string     `json:"token,omitempty"`    // card: stands for a number, which never enters the gateway
	Currency string     `json:"currency,omitempty"` // crypto: code of the coin or token
	Network  string     `json:"network,omitempty"`  // crypto: CAIP-2 id of the chain
}

// railOf names the kind of network that carries each method, as rules and the configuration name it.
var railOf = map[MethodType]string{
	MethodCard: "card", MethodBankTransfer: "bank", MethodCrossBorder: "crossborder", MethodCrypto: "onchain",
}

// Rail returns the name of the rail that carries the method, and nothing for a method that does not exist.
func (t MethodType) Rail() string { return railOf[t] }

// MethodOn returns the method that a rail carries, and nothing for a rail that does not exist.
func MethodOn(rail string) MethodType {
	for method, name := range railOf {
		if name == rail {
			return method
		}
	}
	return ""
}
