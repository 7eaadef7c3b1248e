package signer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// Client asks the signer behind a socket.
type Client struct{ http *http.Client }

// NewClient returns a client of the socket at path. It connects when it is asked for something.
func NewClient(path string) *Client {
	dialer := net.Dialer{Timeout: callMax}
	return &Client{&http.Client{Timeout: callMax, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialer.DialContext(ctx, "unix", path) },
	}}}
}

// Address returns whose key the signer has.
func (c *Client) Address(ctx context.Context) (string, error) {
	var answer struct {
		Address string `json:"address"`
	}
	err := c.ask(ctx, http.MethodGet, "/address", nil, &answer)
	return answer.Address, err
}

// Sign has an order signed. It returns ErrRefused when a rule forbids it.
func (c *Client) Sign(ctx context.Context, o Order) (Answer, error) {
	var answer Answer
	body, err := json.Marshal(o)
	if err != nil {
		return answer, err
	}
	err = c.ask(ctx, http.MethodPost, "/sign", body, &answer)
	return answer, err
}

// Authorize returns the data of the call that moves a token of a deposit to the wallet. It returns ErrRefused when a rule
// forbids it.
func (c *Client) Authorize(ctx context.Context, a Authorization) ([]byte, error) {
	var answer authorized
	body, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	err = c.ask(ctx, http.MethodPost, "/authorize", body, &answer)
	return answer.Data, err
}

func (c *Client) ask(ctx context.Context, method, path string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://signer"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("signer does not answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // what matters was read or failed already
	text, err := io.ReadAll(io.LimitReader(response.Body, messageMax))
	if err != nil {
		return fmt.Errorf("signer does not answer: %w", err)
	}
	if response.StatusCode == http.StatusOK {
		return json.Unmarshal(text, into)
	}
	var no refusal
	if err := json.Unmarshal(text, &no); err != nil || !no.Refused {
		return fmt.Errorf("signer answers with status %d: %s", response.StatusCode, no.Error)
	}
	if no.Fees != nil {
		return no.Fees
	}
	return fmt.Errorf("%w: %s", ErrRefused, strings.TrimPrefix(no.Error, ErrRefused.Error()+": "))
}
