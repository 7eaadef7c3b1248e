package card_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/rails/railtest"
)

const (
	secret         = "sk_peer_secret"
	callbackSecret = "whsec_dGhlLXBlZXItc2lnbnMtaXRzLWNhbGxiYWNrcy13aXRoLXRoaXM="
)

// body is a message of the protocol, or an answer.
type body map[string]any

// peer is an acquirer that keeps books of one state per reference.
type peer struct {
	http.Handler

	mu     sync.Mutex
	manner railtest.Manner
	states map[string]body // charges by reference, captures and refunds by charge, kind and reference
	moves  map[string]int
	events int
}

func newPeer() railtest.Peer {
	p := &peer{manner: railtest.Honest, states: map[string]body{}, moves: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/health", p.serve(func(*http.Request, body) (int, body) { return 200, body{"status": "ok"} }))
	mux.HandleFunc("GET /v1/statements/{date}", p.serve(p.statement))
	mux.HandleFunc("POST /v1/charges", p.serve(p.charge))
	mux.HandleFunc("GET /v1/charges/{ref}", p.serve(p.find))
	mux.HandleFunc("POST /v1/charges/{ref}/cancel", p.serve(p.cancel))
	mux.HandleFunc("POST /v1/charges/{ref}/capture", p.serve(p.transfer("captures")))
	mux.HandleFunc("POST /v1/charges/{ref}/refunds", p.serve(p.transfer("refunds")))
	mux.HandleFunc("GET /v1/charges/{ref}/{kind}/{transfer}", p.serve(p.find))
	p.Handler = mux
	return p
}

func (p *peer) Behave(m railtest.Manner) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.manner = m
}

func (p *peer) Moved(reference string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.moves[reference]
}

func (p *peer) Callback(reference string, at time.Time) (http.Header, []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events++
	id := "evt_" + strconv.Itoa(p.events)
	message, _ := json.Marshal(body{"type": "charge.updated", "data": body{"reference": reference, "status": "approved"}})
	signer, err := standardwebhooks.NewWebhook(callbackSecret)
	if err != nil {
		panic(err)
	}
	signature, _ := signer.Sign(id, at, message)
	header := http.Header{}
	header.Set(standardwebhooks.HeaderWebhookID, id)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return header, message
}

func (p *peer) serve(answer func(*http.Request, body) (int, body)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		status, said := 401, body{"code": "unauthorized"}
		if r.Header.Get("Authorization") == "Bearer "+secret {
			asked := body{}
			_ = json.NewDecoder(r.Body).Decode(&asked) // questions have no body
			status, said = answer(r, asked)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(said)
	}
}

func (p *peer) charge(_ *http.Request, asked body) (int, body) {
	if p.manner == railtest.TurningAway {
		return 429, body{"code": "rate_limited"}
	}
	reference := asked["reference"].(string)
	state, known := p.states[reference]
	if !known {
		state = body{"reference": reference, "id": "ch_" + reference, "amount": asked["amount"], "currency": asked["currency"]}
		p.decide(state, asked["capture"].(bool))
		p.states[reference] = state
	}
	if state["amount"] == nil {
		return 409, body{"code": "reference_canceled"}
	}
	return 200, p.said(state)
}

func (p *peer) decide(state body, capture bool) {
	switch p.manner {
	case railtest.Declining:
		state["status"], state["code"] = "declined", "stolen_card"
	case railtest.SoftDeclining:
		state["status"], state["code"] = "declined", "do_not_honor"
	case railtest.Deferring:
		state["status"] = "pending"
	case railtest.Challenging:
		state["status"], state["challenge_url"] = "challenge", "https://issuer.example/challenge"
	default:
		state["status"], state["captured"] = "approved", state["amount"]
		if !capture {
			state["status"], state["captured"] = "authorized", "0.00"
		}
		p.moves[state["reference"].(string)]++
	}
}

func (p *peer) find(r *http.Request, _ body) (int, body) {
	state, known := p.states[key(r.PathValue("ref"), r.PathValue("kind"), r.PathValue("transfer"))]
	if !known {
		return 404, body{"code": "not_found"}
	}
	return 200, p.said(state)
}

func (p *peer) cancel(r *http.Request, _ body) (int, body) {
	reference := r.PathValue("ref")
	state, known := p.states[reference]
	if !known {
		state = body{"reference": reference}
		p.states[reference] = state
	}
	if state["status"] == "approved" || state["status"] == "declined" {
		return 409, p.said(state)
	}
	state["status"] = "canceled"
	return 200, p.said(state)
}

func (p *peer) transfer(kind string) func(*http.Request, body) (int, body) {
	return func(r *http.Request, asked body) (int, body) {
		charge, reference := r.PathValue("ref"), asked["reference"].(string)
		state, known := p.states[key(charge, kind, reference)]
		if !known {
			state = body{
				"reference": reference, "id": "tr_" + reference, "amount": asked["amount"],
				"currency": p.states[charge]["currency"], "status": "approved",
			}
			if p.manner == railtest.Declining {
				state["status"], state["code"] = "declined", "do_not_honor"
			} else {
				p.moves[reference]++
			}
			p.states[key(charge, kind, reference)] = state
		}
		return 200, p.said(state)
	}
}

// said is a state as the peer's manner tells it.
func (p *peer) said(state body) body {
	told := body{}
	for member, value := range state {
		told[member] = value
	}
	switch p.manner {
	case railtest.OtherAmount:
		amount := money.Must(told["amount"].(string), told["currency"].(string))
		told["amount"] = amount.Add(amount.Asset().One()).Value()
		told["captured"] = told["amount"]
	case railtest.OtherCurrency:
		told["currency"] = "USD"
	case railtest.OtherReference:
		told["reference"] = "att_01KA0000000000000000009999"
	case railtest.Duplicate:
		told["status"], told["code"] = "declined", "duplicate_transaction"
	case railtest.Nonsense:
		told["status"] = "complete"
	}
	return told
}

func (p *peer) statement(r *http.Request, _ body) (int, body) {
	return 200, body{"date": r.PathValue("date"), "rows": []body{}}
}

func key(charge, kind, reference string) string {
	if kind == "" {
		return charge
	}
	return fmt.Sprintf("%s/%s/%s", charge, kind, reference)
}
