package control

import (
	"net/http"

	"github.com/causeway-pay/causeway/cmd/sandbox/acquirer"
	"github.com/causeway-pay/causeway/cmd/sandbox/amount"
)

// terminals adds what can be done to an acquirer alone.
func (c *Control) terminals(mux *http.ServeMux) {
	mux.HandleFunc("POST /control/acquirers/{name}/charges", serve(func(r *http.Request) (any, error) {
		a, err := pick(c.Acquirers, r)
		if err != nil {
			return nil, err
		}
		return charge(a, r)
	}))
}

func charge(a *acquirer.Acquirer, r *http.Request) (any, error) {
	var wish struct {
		Reference string        `json:"reference"`
		Amount    amount.Amount `json:"amount"`
		Currency  string        `json:"currency"`
	}
	if err := read(r, &wish); err != nil {
		return nil, err
	}
	return wish, a.Charge(wish.Reference, wish.Amount, wish.Currency)
}
