package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/cmd/causeway/tour"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/store"
)

// stage is a real gateway with its database and the sandbox's acquirers, and merchants who pay there.
type stage struct {
	world   *tour.World
	crowd   []string // keys of many merchants
	flooder string
	polite  string
	settler string // who captures and refunds
	seed    int
}

const crowdSize = 200

// newStage needs CAUSEWAY_DATABASE, and CAUSEWAY_REDIS when there is to be one.
func newStage(ctx context.Context) (*stage, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	bin := filepath.Dir(self)
	world, err := tour.Start(ctx, tour.Options{Causeway: filepath.Join(bin, "causeway"), Sandbox: filepath.Join(bin, "sandbox")})
	if err != nil {
		return nil, err
	}
	s := &stage{world: world}
	if err := s.merchants(ctx); err != nil {
		world.Stop()
		return nil, err
	}
	return s, nil
}

// merchants makes merchants with keys, as the gateway's commands would, in one process.
func (s *stage) merchants(ctx context.Context) error {
	db, err := store.Open(ctx, os.Getenv("CAUSEWAY_DATABASE"))
	if err != nil {
		return err
	}
	newID := payment.NewIDs(time.Now)
	s.crowd = make([]string, crowdSize)
	into := []*string{&s.flooder, &s.polite, &s.settler}
	for i := range s.crowd {
		into = append(into, &s.crowd[i])
	}
	for i, key := range into {
		m := access.Merchant{ID: "load_" + strconv.Itoa(i), Name: "Load " + strconv.Itoa(i), Currency: "USD", CreatedAt: time.Now().UTC()}
		k, secret, err := access.NewSecret(access.Key{
			ID: newID("key"), Kind: "sk", Merchant: m.ID, Mode: payment.Test, Scopes: []access.Scope{access.Read, access.Write}, CreatedAt: m.CreatedAt,
		})
		if err := errors.Join(err, db.SaveMerchant(ctx, m), db.SaveAPIKey(ctx, k)); err != nil {
			return errors.Join(err, db.Close())
		}
		*key = secret
	}
	return db.Close()
}

// load has a process of its own send the streams.
func (s *stage) load(ctx context.Context, streams ...Stream) (Sent, error) {
	self, err := os.Executable()
	if err != nil {
		return Sent{}, err
	}
	s.seed++
	order, err := json.Marshal(Load{Gateway: s.world.Gateway, Seed: fmt.Sprintf("l%d-%d", os.Getpid(), s.seed), Streams: streams})
	if err != nil {
		return Sent{}, err
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, self, "load")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(order), &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return Sent{}, fmt.Errorf("load: %w", err)
	}
	var sent Sent
	return sent, json.Unmarshal(out.Bytes(), &sent)
}

// post makes one request and returns the object.
func (s *stage) post(ctx context.Context, bearer, key string, r Request) (map[string]any, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.world.Gateway+r.Path, strings.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Idempotency-Key", key)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	var object map[string]any
	if answer.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("%s: %s: %s", r.Path, answer.Status, text)
	}
	return object, json.Unmarshal(text, &object)
}

// settle makes payments that can be captured and others that can be refunded, and returns the requests for that.
func (s *stage) settle(ctx context.Context, n int) (captures, refunds []Request, err error) {
	for i := range n {
		held, err := s.post(ctx, s.settler, fmt.Sprint("held-", os.Getpid(), "-", s.seed, "-", i), Request{"/v1/payments", manual})
		if err != nil {
			return nil, nil, err
		}
		captures = append(captures, Request{fmt.Sprintf("/v1/payments/%s/capture", held["id"]), ""})
		paid, err := s.post(ctx, s.settler, fmt.Sprint("paid-", os.Getpid(), "-", s.seed, "-", i), Request{"/v1/payments", order})
		if err != nil {
			return nil, nil, err
		}
		refunds = append(refunds, Request{"/v1/refunds", fmt.Sprintf(`{"payment":%q,"amount":{"value":"1.00","currency":"EUR"}}`, paid["id"])})
	}
	return captures, refunds, nil
}

// gauge reads metrics of the gateway, summed over their labels.
func (s *stage) gauge(ctx context.Context, names ...string) (map[string]float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.world.Admin+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	read := map[string]float64{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		name, rest, _ := strings.Cut(lines.Text(), " ")
		for _, wanted := range names {
			if name == wanted || strings.HasPrefix(name, wanted+"{") {
				value, err := strconv.ParseFloat(rest[strings.LastIndex(rest, " ")+1:], 64)
				if err != nil {
					return nil, err
				}
				read[wanted] += value
			}
		}
	}
	return read, lines.Err()
}
