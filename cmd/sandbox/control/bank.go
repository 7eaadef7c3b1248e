package control

import (
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
	"github.com/causeway-pay/causeway/cmd/sandbox/bank"
)

// tills adds what can be done to a bank alone.
func (c *Control) tills(mux *http.ServeMux) {
	add := func(pattern string, do func(*bank.Bank, *http.Request) (any, error)) {
		mux.HandleFunc(pattern, serve(func(r *http.Request) (any, error) {
			b, err := pick(c.Banks, r)
			if err != nil {
				return nil, err
			}
			return do(b, r)
		}))
	}
	add("GET /control/banks/{name}/accounts", func(b *bank.Bank, _ *http.Request) (any, error) { return b.Books(), nil })
	add("POST /control/banks/{name}/fund", fund)
	add("POST /control/banks/{name}/credits", credit)
	add("POST /control/banks/{name}/repeats", func(b *bank.Bank, r *http.Request) (any, error) { return onReference(r, b.Repeat) })
	add("POST /control/banks/{name}/reversals", reverse)
}

// posted is the bank's reference of a new entry.
type posted struct {
	AcctSvcrRef string `json:"acct_svcr_ref"`
}

func fund(b *bank.Bank, r *http.Request) (any, error) {
	var wish struct {
		Account  string        `json:"account"`
		Amount   amount.Amount `json:"amount"`
		Currency string        `json:"currency"`
	}
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	reference, err := b.Fund(wish.Account, wish.Amount, wish.Currency)
	return posted{reference}, err
}

func credit(b *bank.Bank, r *http.Request) (any, error) {
	var wish bank.Incoming
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	reference, err := b.Receive(wish)
	return posted{reference}, err
}

func reverse(b *bank.Bank, r *http.Request) (any, error) {
	var wish named
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	reference, err := b.Reverse(wish.Reference)
	return posted{reference}, err
}
