package main

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/gateway/gatewaytest"
	"github.com/causeway-pay/causeway/payment"
)

// director does what the tests ask for.
type director struct {
	*gatewaytest.Lab

	url string
}

// order is one request of a test. Which fields count depends on the path.
type order struct {
	Payment payment.ID `json:"payment"`
	Method  string     `json:"method"` // "card", "bank_transfer", "ETH" or "USDC"; empty: the payer chooses
	Token   string     `json:"token"`
	Manual  bool       `json:"manual"`
	Tx      string     `json:"tx"`
	Amount  string     `json:"amount"` // of a payment, in euro, or a transfer; empty: the usual, or what is due
	Have    int        `json:"have"`
	Need    int        `json:"need"`
	Seconds int        `json:"seconds"`
	Channel string     `json:"channel"`
	Status  string     `json:"status"`
}

func controls(lab *gatewaytest.Lab, url string) http.Handler {
	d := &director{lab, url}
	mux := http.NewServeMux()
	for path, do := range map[string]func(*http.Request, order) (any, error){
		"/payments": d.pay, "/transfers": d.transfer, "/reorg": d.reorg, "/pass": d.pass, "/cancel": d.cancel, "/channel": d.channel,
		"/confirm": d.confirm, "/look": d.look,
	} {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			var o order
			if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			answer, err := do(r, o)
			if err != nil {
				http.Error(w, err.Error(), http.StatusConflict)
				return
			}
			_ = json.NewEncoder(w).Encode(answer) // a test that has gone does not need the answer
		})
	}
	return mux
}

func (d *director) pay(r *http.Request, o order) (any, error) {
	secret := rand.Text()
	if o.Amount == "" {
		o.Amount = "49.90"
	}
	wanted, err := gatewaytest.OrderOf(o.Amount)
	if err != nil {
		return nil, err
	}
	if o.Manual {
		wanted.Capture = payment.CaptureManual
	}
	var methods []payment.Method
	switch o.Method {
	case "":
	case "card", "bank_transfer":
		methods = []payment.Method{{Type: payment.MethodType(o.Method), Token: o.Token}}
	default:
		methods = []payment.Method{{Type: payment.MethodCrypto, Currency: o.Method, Network: gatewaytest.Network}}
	}
	id, err := d.Pay(r.Context(), secret, wanted, methods...)
	return map[string]any{"id": id, "url": d.url + "/c/" + secret}, err
}

func (d *director) transfer(r *http.Request, o order) (any, error) {
	if o.Amount == "" {
		p, err := d.Load(r.Context(), o.Payment)
		if err != nil {
			return nil, err
		}
		o.Amount = p.AmountDue().Value()
	}
	return d.state(r, o, d.Send(r.Context(), o.Payment, o.Tx, o.Amount, o.Have, o.Need))
}

func (d *director) reorg(r *http.Request, o order) (any, error) {
	return d.state(r, o, d.TakeBack(r.Context(), o.Payment, o.Tx))
}

func (d *director) pass(r *http.Request, o order) (any, error) {
	return d.state(r, o, d.Pass(r.Context(), o.Payment, time.Duration(o.Seconds)*time.Second))
}

func (d *director) cancel(r *http.Request, o order) (any, error) {
	return d.state(r, o, d.Withdraw(r.Context(), o.Payment))
}

// confirm has the payer prove who they are, and the acquirer tell so.
func (d *director) confirm(r *http.Request, o order) (any, error) {
	d.Card.Confirm()
	p, err := d.Load(r.Context(), o.Payment)
	if err != nil {
		return nil, err
	}
	last, _ := p.Last()
	return d.state(r, o, d.Report(r.Context(), last.ID))
}

func (d *director) channel(_ *http.Request, o order) (any, error) {
	flag := breaker.Flag{Channel: o.Channel, Status: breaker.Status(o.Status), By: "test"}
	if flag.Status == breaker.Maintenance {
		flag.Until = time.Now().Add(time.Hour)
	}
	return d.Board.Decide(flag)
}

func (d *director) look(r *http.Request, o order) (any, error) { return d.state(r, o, nil) }

// state is what the tests count.
func (d *director) state(r *http.Request, o order, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	p, err := d.Load(r.Context(), o.Payment)
	var outcomes []string
	for _, a := range p.Attempts {
		outcomes = append(outcomes, a.Outcome.String())
	}
	return map[string]any{
		"status": p.Status(), "attempts": len(p.Attempts), "outcomes": strings.Join(outcomes, ","), "due": p.AmountDue().Value(),
	}, err
}
