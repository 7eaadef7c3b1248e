package checkout

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/gateway"
	"github.com/causeway-pay/causeway/payment"
)

// Tokens are the test cards of the sandbox that the page offers in test mode, in the order of the list. Each has a name
// in the texts.
var Tokens = []string{
	"tok_visa", "tok_challenge", "tok_insufficient_funds", "tok_declined", "tok_expired", "tok_bad_cvc", "tok_issuer_unavailable",
	"tok_authentication_failed", "tok_pending",
}

// Tokens are the test cards that the page offers.
func (p page) Tokens() []string { return Tokens }

var isToken = regexp.MustCompile(`^tok_[A-Za-z0-9_]{1,60}$`)

// choose asks the gateway for the method that the payer chose, and shows what became of it.
func (s *server) choose(c *gin.Context) {
	if err := s.sameOrigin(c.Request); err != nil {
		s.note(c, http.StatusForbidden, "other_origin")
		return
	}
	form, err := readForm(c)
	if err != nil {
		s.note(c, http.StatusBadRequest, "bad_form")
		return
	}
	p, err := s.find(c)
	if err != nil {
		s.missing(c, err)
		return
	}
	if holdsCardNumber(form) || holdsCardNumber(c.Request.URL.Query()) {
		s.render(c, http.StatusBadRequest, p, &notice{"card_number", true})
		return
	}
	method, number, refused := s.wanted(form, p)
	if refused != nil {
		s.render(c, http.StatusUnprocessableEntity, p, refused)
		return
	}
	_, err = s.Gateway.Switch(c.Request.Context(), s.change(p, method, number), method)
	s.chosen(c, p, err)
}

// sameOrigin refuses a form of another site. Our policy of referrers makes old browsers, which do not send
// Sec-Fetch-Site, say "null" instead of the origin: there the secret in the address has to do, which no other site knows.
func (s *server) sameOrigin(r *http.Request) error {
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
		return nil
	}
	return s.origin.Check(r)
}

var errBadForm = errors.New("not a form of this page")

// readForm reads the few fields of a form, each at most once.
func readForm(c *gin.Context) (url.Values, error) {
	if c.ContentType() != "application/x-www-form-urlencoded" {
		return nil, errBadForm
	}
	if err := c.Request.ParseForm(); err != nil {
		return nil, errBadForm
	}
	for name, values := range c.Request.PostForm {
		if len(values) != 1 || !slices.Contains([]string{"method", "token", "choice"}, name) {
			return nil, errBadForm
		}
	}
	return c.Request.PostForm, nil
}

func holdsCardNumber(values url.Values) bool {
	for _, all := range values {
		if slices.ContainsFunc(all, payment.IsCardNumber) {
			return true
		}
	}
	return false
}

// again is what a form sends as its method to choose that of now once more.
const again = "again"

// wanted reads the method and the number of the choice.
func (s *server) wanted(form url.Values, p payment.Payment) (payment.Method, int, *notice) {
	number, err := strconv.Atoi(form.Get("choice"))
	if err != nil || number < 0 || number > payment.SwitchesMax {
		return payment.Method{}, 0, &notice{"outdated", false}
	}
	if form.Get("method") == again {
		if p.Method.Type == "" {
			return payment.Method{}, 0, &notice{"no_method", true}
		}
		return p.Method, number, nil
	}
	method, ok := methodOf(form.Get("method"))
	if !ok {
		return payment.Method{}, 0, &notice{"no_method", true}
	}
	if method.Type == payment.MethodCard {
		method.Token = form.Get("token")
		if !isToken.MatchString(method.Token) {
			return payment.Method{}, 0, &notice{"no_token", true}
		}
	}
	return method, number, nil
}

// change asks for the method under a key that is made of the number of the choice, so that one choice is made once.
func (s *server) change(p payment.Payment, method payment.Method, number int) gateway.Change {
	sum := sha256.Sum256([]byte(methodID(method) + "\n" + method.Token))
	now := s.Now().UTC().Truncate(time.Microsecond)
	key := payment.Key{
		Merchant: p.Merchant, Path: string(p.Mode) + "/c/" + string(p.ID), Key: "choice-" + strconv.Itoa(number),
		Hash: hex.EncodeToString(sum[:]), At: now,
	}
	return gateway.Change{
		Merchant: p.Merchant, Mode: p.Mode, Payment: p.ID, Key: key,
		Answer: func(payment.Payment, string) payment.Answer {
			return payment.Answer{
				Merchant: key.Merchant, Path: key.Path, Key: key.Key, Status: http.StatusSeeOther, Body: []byte("{}"), At: now,
			}
		},
	}
}

// chosen shows the payment as it then stands. What was chosen already, or cannot be changed any more, is no fault of the
// payer: the page says how it is.
func (s *server) chosen(c *gin.Context, p payment.Payment, err error) {
	for _, settled := range []error{gateway.ErrKeyInFlight, gateway.ErrKeyReused, payment.ErrNotSwitchable} {
		if errors.Is(err, settled) {
			err = nil
		}
	}
	switch {
	case err == nil:
		c.Redirect(http.StatusSeeOther, "/c/"+c.Param("secret"))
	case errors.Is(err, payment.ErrUnavailable):
		s.missing(c, err)
	default:
		s.Log.Warn("method not taken", "payment", p.ID, "method", p.Method.Type, "err", err)
		s.render(c, http.StatusConflict, p, &notice{"not_now", false})
	}
}
