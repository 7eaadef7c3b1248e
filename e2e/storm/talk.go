package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// wire is an amount as the API writes it.
type wire struct{ Value, Currency string }

// view is what the API says of a payment, payout, capture or refund, as far as the storm looks at it.
type view struct {
	ID, Object, Status, Payment, Reference, Reason, UETR string

	Amount         wire
	AmountReceived wire     `json:"amount_received"`
	AmountRefunded wire     `json:"amount_refunded"`
	Exceptions     []string `json:"exceptions"`
	Method         struct{ Type string }
	NextAction     struct {
		Bank   struct{ Reference string } `json:"bank_details"`
		Crypto struct {
			Address string
			Amount  wire
		} `json:"crypto_address"`
	} `json:"next_action"`
	Beneficiary struct{ Address string }
	LastError   struct{ Code, Detail string } `json:"last_error"`
}

// said is an answer.
type said struct {
	status   int
	replayed bool
	body     []byte
}

// view reads the object in an answer; one that cannot be read is empty.
func (s said) view() view {
	var v view
	_ = json.Unmarshal(s.body, &v) // a body that is cut off, or no object, names none
	return v
}

const (
	bodyMax     = 64 << 20 // a page of movements is the longest
	answerMax   = 5 * time.Second
	idleConns   = 64
	connectMax  = time.Second
	patienceMax = time.Minute // of reading what was left behind, where nothing is broken any more
)

// impatient is how merchants ask: they give up on an answer after a while, and ask again.
var impatient = &http.Client{Timeout: answerMax, Transport: transport()}

// patient is how the storm asks once it is over.
var patient = &http.Client{Timeout: patienceMax, Transport: transport()}

// askAgain asks with patience, and again while it is told to come later, as one is who reads everything at once.
func askAgain(ctx context.Context, method, address string, header map[string]string, body string) (said, error) {
	until := time.Now().Add(patienceMax)
	for {
		answer, err := ask(ctx, patient, method, address, header, body)
		busy := err == nil && (answer.status == http.StatusTooManyRequests || answer.status == http.StatusServiceUnavailable)
		if !busy || time.Now().After(until) || !pause(ctx, busyAfter) {
			return answer, err
		}
	}
}

func transport() *http.Transport {
	return &http.Transport{DialContext: (&net.Dialer{Timeout: connectMax}).DialContext, MaxIdleConnsPerHost: idleConns}
}

// call makes one request without patience. An error is one of the connection.
func call(ctx context.Context, method, address string, header map[string]string, body string) (said, error) {
	return ask(ctx, impatient, method, address, header, body)
}

func ask(ctx context.Context, client *http.Client, method, address string, header map[string]string, body string) (said, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return said{}, err
	}
	r.GetBody = nil // nothing is repeated by itself: we count what we send
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := client.Do(r)
	if err != nil {
		return said{}, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, bodyMax))
	if err != nil {
		return said{}, err
	}
	return said{answer.StatusCode, answer.Header.Get("Idempotent-Replayed") == "true", text}, nil
}

// code is that of a problem.
func (s said) code() string {
	var problem struct{ Code string }
	_ = json.Unmarshal(s.body, &problem) // none of ours has no code
	return problem.Code
}

// readPage reads a page of a list.
func readPage[T any](body []byte) (page []T, more bool, err error) {
	var list struct {
		Data []T
		More bool `json:"has_more"`
	}
	err = json.Unmarshal(body, &list)
	return list.Data, list.More, err
}
