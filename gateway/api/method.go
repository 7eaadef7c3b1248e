package api

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// methodBody is how a payer pays, or with the type auto what they offer.
type methodBody struct {
	Type         string      `json:"type" enum:"card,bank_transfer,cross_border,crypto,auto" doc:"auto: the cheapest of those that are offered"`
	Card         *cardBody   `json:"card,omitempty"`
	Crypto       *cryptoBody `json:"crypto,omitempty"`
	BankTransfer *struct{}   `json:"bank_transfer,omitempty" doc:"With auto: a bank transfer is offered"`
}

type cryptoBody struct {
	Currency string `json:"currency" minLength:"2" maxLength:"12" example:"USDC"`
	Network  string `json:"network" minLength:"3" maxLength:"48" example:"eip155:1337" doc:"CAIP-2 id of the chain"`
}

type cardBody struct {
	Token string `json:"token" pattern:"^tok_[A-Za-z0-9_]{1,60}$" patternDescription:"a card token" example:"tok_visa"`
}

// offered lists the methods that the payer offers.
func (m *methodBody) offered() []payment.Method {
	if m == nil {
		return nil
	}
	var offered []payment.Method
	auto := m.Type == "auto"
	if m.Card != nil && (auto || m.Type == string(payment.MethodCard)) {
		offered = append(offered, payment.Method{Type: payment.MethodCard, Token: m.Card.Token})
	}
	if m.Crypto != nil && (auto || m.Type == string(payment.MethodCrypto)) {
		offered = append(offered, payment.Method{Type: payment.MethodCrypto, Currency: m.Crypto.Currency, Network: m.Crypto.Network})
	}
	if m.Type == string(payment.MethodBankTransfer) || (auto && m.BankTransfer != nil) {
		offered = append(offered, payment.Method{Type: payment.MethodBankTransfer})
	}
	if m.Type == string(payment.MethodCrossBorder) {
		offered = append(offered, payment.Method{Type: payment.MethodCrossBorder})
	}
	return offered
}

// Resolve wants what goes with the type.
func (m *methodBody) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	at := pointerOf(path.String())
	switch {
	case m.Type == string(payment.MethodCard) && m.Card == nil:
		return []error{Violation{at + "/card", "missing", "a card payment needs a card with a token"}}
	case m.Type == string(payment.MethodCrypto) && m.Crypto == nil:
		return []error{Violation{at + "/crypto", "missing", "a crypto payment needs a currency and a network"}}
	case m.Type == "auto" && len(m.offered()) == 0:
		return []error{Violation{at, "missing", "auto needs at least one of card, crypto and bank_transfer"}}
	}
	return nil
}

// Resolve refuses coins and tokens that are not served.
func (c *cryptoBody) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	if _, err := money.LookupAsset(c.Currency, c.Network); err != nil || c.Network == "" {
		return []error{Violation{pointerOf(path.String()) + "/currency", "unknown_currency", "no such coin or token on that network"}}
	}
	return nil
}
