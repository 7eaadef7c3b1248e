package railtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
	"github.com/causeway-pay/causeway/rails"
	"github.com/causeway-pay/causeway/rails/railtest"
)

// note is the only message of the toy protocol. A question has no amount, an answer has a state.
type note struct {
	Ref      string `json:"ref"`
	Amount   string `json:"amount,omitempty"`
	Currency string `json:"currency,omitempty"`
	Hold     bool   `json:"hold,omitempty"`
	State    string `json:"state,omitempty"`
	Why      string `json:"why,omitempty"`
}

// bank is the provider: POST /do/{ref} moves money once, GET /do/{ref} tells, POST /undo/{ref} fences.
type bank struct {
	http.Handler

	mu     sync.Mutex
	manner railtest.Manner
	notes  map[string]note
	moves  map[string]int
}

func newBank() railtest.Peer {
	b := &bank{manner: railtest.Honest, notes: map[string]note{}, moves: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /do/{ref}", b.serve(b.do))
	mux.HandleFunc("GET /do/{ref}", b.serve(b.tell))
	mux.HandleFunc("POST /undo/{ref}", b.serve(b.undo))
	b.Handler = mux
	return b
}

func (b *bank) Behave(m railtest.Manner) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.manner = m
}

func (b *bank) Moved(ref string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.moves[ref]
}

func (b *bank) serve(answer func(note) (int, note)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked := note{Ref: r.PathValue("ref")}
		_ = json.NewDecoder(r.Body).Decode(&asked) // questions have no body
		b.mu.Lock()
		defer b.mu.Unlock()
		status, told := answer(asked)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(told)
	}
}

func (b *bank) do(asked note) (int, note) {
	if b.manner == railtest.TurningAway {
		return http.StatusTooManyRequests, note{Why: "full"}
	}
	kept, known := b.notes[asked.Ref]
	if !known {
		kept = asked
		switch b.manner {
		case railtest.Declining:
			kept.State, kept.Why = "no", "stolen"
		case railtest.SoftDeclining:
			kept.State, kept.Why = "no", "asleep"
		case railtest.Deferring:
			kept.State = "later"
		case railtest.Challenging:
			kept.State, kept.Why = "who", "https://issuer.example/who"
		default:
			kept.State = "yes"
			if asked.Hold {
				kept.State = "held"
			}
			b.moves[asked.Ref]++
		}
		b.notes[asked.Ref] = kept
	}
	return http.StatusOK, b.told(kept)
}

func (b *bank) tell(asked note) (int, note) {
	kept, known := b.notes[asked.Ref]
	if !known {
		return http.StatusNotFound, note{Why: "nothing"}
	}
	return http.StatusOK, b.told(kept)
}

func (b *bank) undo(asked note) (int, note) {
	kept, known := b.notes[asked.Ref]
	if !known || kept.State == "held" {
		kept.Ref, kept.State = asked.Ref, "undone"
		b.notes[asked.Ref] = kept
	}
	return http.StatusOK, b.told(kept)
}

// told is a note as the bank's manner tells it.
func (b *bank) told(kept note) note {
	switch b.manner {
	case railtest.OtherAmount:
		kept.Amount += "1"
	case railtest.OtherCurrency:
		kept.Currency = "USD"
	case railtest.OtherReference:
		kept.Ref += "9"
	case railtest.Duplicate:
		kept.State, kept.Why = "no", "twice"
	case railtest.Nonsense:
		kept.State = "perhaps"
	}
	return kept
}

// toy is an adapter that is right unless it makes one of the mistakes.
type toy struct {
	url    string
	client *http.Client
	mistakes
}

type mistakes struct {
	hasty        bool // says "not sent" when there is no answer
	forgetful    bool // says "declined" when there is no answer
	trusting     bool // compares no echo
	literal      bool // takes a duplicate for a decline
	repeating    bool // lets net/http send again on a broken connection
	following    bool // follows redirects
	greedy       bool // reads without a limit
	optimistic   bool // takes any 200 for an approval
	deaf         bool // takes any 404 for the provider's word
	strict       bool // takes any 429 for a refusal
	confident    bool // takes any answer to a cancel for its confirmation
	talkative    bool // quotes its secret in errors
	gloomy       bool // takes what it does not know for a decline
	shortSighted bool // takes "no such reference" for "not sent"
}

const key = "toy-key"

func newToy(url string, m mistakes) *toy {
	t := &toy{url: url, mistakes: m, client: &http.Client{Transport: &http.Transport{DisableCompression: true, MaxResponseHeaderBytes: 1 << 16}}}
	if !m.following {
		t.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return t
}

func (t *toy) Capabilities() payment.Capabilities {
	return payment.Capabilities{Replay: time.Hour, Inquiry: true, Fence: true, Void: true}
}

var errUnreached = errors.New("nobody there")

func (t *toy) call(ctx context.Context, method, path string, body *note) (int, note, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		text, _ := json.Marshal(body)
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, t.url+path, content)
	if err != nil {
		return 0, note{}, err
	}
	if t.repeating {
		request.Header.Set("Idempotency-Key", path)
	} else if !t.following {
		request.GetBody = nil
	}
	if t.talkative {
		request.Header.Set("Toy-Key", key)
	}
	left := false
	response, err := t.client.Do(request.WithContext(traced(ctx, &left)))
	if err != nil && !left {
		return 0, note{}, errUnreached
	}
	if err != nil {
		return 0, note{}, err
	}
	defer response.Body.Close()
	const most = 1 << 16
	limit := int64(most)
	if t.greedy {
		limit = 1 << 40
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil || int64(len(text)) > limit {
		return 0, note{}, fmt.Errorf("answer: %w", err)
	}
	var told note
	if err := json.Unmarshal(bytes.TrimSpace(text), &told); err != nil && response.StatusCode == http.StatusOK && !t.optimistic {
		return 0, note{}, err
	}
	return response.StatusCode, told, nil
}

func (t *toy) Send(ctx context.Context, p payment.Payment, a payment.Attempt) (payment.Result, error) {
	status, told, err := t.call(ctx, http.MethodPost, "/do/"+a.ID, &note{
		Ref: a.ID, Amount: a.Amount.Value(), Currency: a.Amount.Asset().Code, Hold: p.Order.Capture == payment.CaptureManual,
	})
	switch {
	case errors.Is(err, errUnreached), err != nil && t.hasty:
		return payment.Result{Outcome: payment.NotSent, Reason: payment.NotReached}, nil
	case err != nil && t.forgetful:
		return payment.Result{Outcome: payment.Declined, Reason: payment.ChannelUnavailable}, nil
	case err != nil:
		return payment.Result{}, err
	case status == http.StatusTooManyRequests && (told.Why == "full" || t.strict):
		return payment.Result{Outcome: payment.NotSent, Reason: payment.RateLimited}, nil
	}
	return t.read(status, told, a.ID, a.Amount)
}

func (t *toy) Check(ctx context.Context, a payment.Attempt) (payment.Result, error) {
	status, told, err := t.call(ctx, http.MethodGet, "/do/"+a.ID, nil)
	if err != nil {
		return payment.Result{}, err
	}
	if status == http.StatusNotFound && (told.Why == "nothing" || t.deaf) {
		if t.shortSighted {
			return payment.Result{Outcome: payment.Declined, Reason: payment.NotReached}, nil
		}
		return payment.Result{NotFound: true}, nil
	}
	return t.read(status, told, a.ID, a.Amount)
}

func (t *toy) Cancel(ctx context.Context, a payment.Attempt) (payment.Result, error) {
	status, told, err := t.call(ctx, http.MethodPost, "/undo/"+a.ID, nil)
	if err != nil {
		return payment.Result{}, err
	}
	if t.confident || (status == http.StatusOK && told.State == "undone" && (told.Ref == a.ID || t.trusting)) {
		return payment.Result{Outcome: payment.Fenced}, nil
	}
	return t.read(status, told, a.ID, a.Amount)
}

func (t *toy) Refund(ctx context.Context, _ payment.Attempt, o payment.Operation) (payment.Result, error) {
	status, told, err := t.call(ctx, http.MethodPost, "/do/"+o.ID, &note{Ref: o.ID, Amount: o.Amount.Value(), Currency: o.Amount.Asset().Code})
	if err != nil {
		return payment.Result{}, err
	}
	result, err := t.read(status, told, o.ID, o.Amount)
	if result.Outcome == payment.Captured {
		result.Outcome = payment.Done
	}
	return result, err
}

func (t *toy) read(status int, told note, ref string, amount money.Amount) (payment.Result, error) {
	if status == http.StatusOK && t.optimistic {
		return payment.Result{Outcome: payment.Captured, Amount: amount}, nil
	}
	echoes := told.Ref == ref && told.Amount == amount.Value() && told.Currency == amount.Asset().Code
	if status != http.StatusOK || (!echoes && !t.trusting) {
		return payment.Result{}, fmt.Errorf("status %d, %+v", status, told)
	}
	why := map[string]payment.Reason{"stolen": payment.StolenCard, "asleep": payment.IssuerUnavailable}[told.Why]
	switch {
	case told.State == "yes":
		return payment.Result{Outcome: payment.Captured, Amount: amount}, nil
	case told.State == "held":
		return payment.Result{Outcome: payment.Authorized, Amount: amount}, nil
	case told.State == "later":
		return payment.Result{Outcome: payment.Pending}, nil
	case told.State == "who":
		return payment.Result{Outcome: payment.ActionRequired, ChallengeURL: told.Why}, nil
	case told.State == "no" && why != "":
		return payment.Result{Outcome: payment.Declined, Reason: why}, nil
	case told.State == "no" && t.literal, t.gloomy:
		return payment.Result{Outcome: payment.Declined, Reason: payment.GenericDecline}, nil
	}
	return payment.Result{}, fmt.Errorf("state %q", told.State)
}

var _ interface {
	rails.Rail
	rails.Canceler
	rails.Refunder
} = (*toy)(nil)
