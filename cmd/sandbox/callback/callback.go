// Package callback sends a channel's signed callbacks to the gateway, as Standard Webhooks describes.
package callback

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	// QueueMax is how many callbacks may wait; a further one is logged as lost, as callbacks may be in real life.
	QueueMax = 10_000

	senders       = 4
	answerTimeout = 5 * time.Second
	answerMax     = 64 << 10
	secretPrefix  = "whsec_"
)

// pauses are the waits before the second and every later try.
var pauses = []time.Duration{time.Second, 3 * time.Second, 9 * time.Second}

// Event is one callback: a type and data as JSON, or an XML document. Sending an Event again sends the same webhook-id.
type Event struct {
	ID   string `json:"-"`
	Type string `json:"type"`
	Data any    `json:"data"`
	XML  []byte `json:"-"` // when set, the whole body
}

// content returns the body and its media type.
func (e Event) content() ([]byte, string, error) {
	if e.XML != nil {
		return e.XML, "application/xml", nil
	}
	body, err := json.Marshal(e)
	return body, "application/json", err
}

// Sender delivers events to one address.
type Sender struct {
	url    string
	signer *standardwebhooks.Webhook
	client *http.Client
	now    func() time.Time
	log    *slog.Logger
	queue  chan delivery
}

// delivery is a run of events that are sent one after the other.
type delivery struct {
	events []Event
	tries  int
}

// NewSender returns a sender to url that signs with secret, "whsec_" and base64. The time is the real one: the
// receiver compares it with its own clock, which does not follow the sandbox's.
func NewSender(url, secret string, now func() time.Time, log *slog.Logger) (*Sender, error) {
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, fmt.Errorf("callback secret: %w", err)
	}
	return &Sender{
		url: url, signer: signer, now: now, log: log,
		client: &http.Client{
			Timeout:       answerTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		queue: make(chan delivery, QueueMax),
	}, nil
}

// Check returns what is wrong with where callbacks go and how they are signed. No address means no callbacks.
func Check(address, secret string) error {
	if address == "" {
		return nil
	}
	var faults []error
	if u, err := url.Parse(address); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		faults = append(faults, errors.New("callback must be an http or https address"))
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if !strings.HasPrefix(secret, secretPrefix) || err != nil || len(key) == 0 {
		faults = append(faults, errors.New("callback_secret must be whsec_ and base64"))
	}
	return errors.Join(faults...)
}

// Send queues events to be delivered in this order, and returns at once.
func (s *Sender) Send(events ...Event) { s.enqueue(delivery{events: events}) }

// Run delivers until ctx ends.
func (s *Sender) Run(ctx context.Context) {
	var running sync.WaitGroup
	for range senders {
		running.Go(func() {
			for {
				select {
				case d := <-s.queue:
					s.deliver(ctx, d)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	running.Wait()
}

func (s *Sender) enqueue(d delivery) {
	select {
	case s.queue <- d:
	default:
		s.log.Error("callback lost: the queue is full", "url", s.url, "event", d.events[0].ID)
	}
}

func (s *Sender) deliver(ctx context.Context, d delivery) {
	for len(d.events) > 0 {
		err := s.post(ctx, d.events[0])
		if err == nil {
			d.events = d.events[1:]
			d.tries = 0
			continue
		}
		s.log.Warn("callback failed", "url", s.url, "event", d.events[0].ID, "try", d.tries+1, "error", err)
		s.retry(d)
		return
	}
}

func (s *Sender) retry(d delivery) {
	if d.tries >= len(pauses) {
		s.log.Error("callback given up", "url", s.url, "event", d.events[0].ID)
		return
	}
	pause := pauses[d.tries]
	d.tries++
	time.AfterFunc(pause, func() { s.enqueue(d) })
}

func (s *Sender) post(ctx context.Context, e Event) error {
	body, mediaType, err := e.content()
	if err != nil {
		return err
	}
	at := s.now()
	signature, err := s.signer.Sign(e.ID, at, body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", mediaType)
	request.Header.Set(standardwebhooks.HeaderWebhookID, e.ID)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, answerMax)); err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("answered %s", response.Status)
	}
	return nil
}
