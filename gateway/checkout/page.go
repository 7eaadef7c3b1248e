package checkout

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/money"
	"github.com/causeway-pay/causeway/payment"
)

// frame is what every page has.
type frame struct {
	Language string
	Other    string // the language to switch to
	Heading  string // of the browser's tab
	Assets   string
	texts    catalogue
}

// Say returns a text in the page's language.
func (f frame) Say(name string, gaps ...any) string { return f.texts.say(name, gaps...) }

// OtherName is what the other language calls itself.
func (f frame) OtherName() string { return catalogues[f.Other].say("language") }

func frameOf(language string) frame {
	i := slices.Index(Languages, language)
	return frame{
		Language: language, Other: Languages[(i+1)%len(Languages)], Assets: assetsPath, texts: catalogues[language],
	}
}

// page is what the payer of one payment sees. It holds nothing that only the merchant may know.
type page struct {
	frame
	scene

	Path      string
	Test      bool
	Merchant  string
	Reference string
	Order     figure // what was asked for
	Paying    figure // what the payer pays with the method of now, where that is something else
	Version   int64
	Number    int    // of the choice that a form makes
	Notice    string // why what was asked for was not done
	Badly     bool   // the notice is about what was typed

	Act       *act
	Methods   []row // what there is to choose from, where that is what the page is about
	CanSwitch bool  // another method may be chosen

	Challenge     string
	Bank          *payment.BankDetailsView
	Crypto        *coins
	Missing       figure   // what is yet to be sent
	Arrived       figure   // what has arrived of it
	Kept          []figure // what arrived and pays for nothing
	Locked        bool     // another method may not be chosen, which has to be explained
	Confirmations *payment.Confirmations
	Until         moment // how long the price is held
	Now           string
	Return        string
	Help          string
}

// act is the one thing to do.
type act struct {
	Kind  string // "again": the same method once more, "choose": another one
	Label string
}

// errNoPage is returned for a secret that opens nothing.
var errNoPage = errors.New("no such page")

// secretSize is how long the secret of a page is: 26 letters and digits, as crypto/rand.Text writes 130 bits.
const secretSize = 26

// find returns the payment whose page was asked for. Every secret that opens none is refused alike.
func (s *server) find(c *gin.Context) (payment.Payment, error) {
	secret := c.Param("secret")
	if len(secret) != secretSize {
		return payment.Payment{}, errNoPage
	}
	p, err := s.Gateway.FindByCheckout(c.Request.Context(), access.Hash(secret))
	if errors.Is(err, payment.ErrNotFound) {
		err = errNoPage
	}
	return p, err
}

// show renders the page as the payment stands.
func (s *server) show(c *gin.Context) {
	p, err := s.find(c)
	if err != nil {
		s.missing(c, err)
		return
	}
	s.render(c, http.StatusOK, p, nil)
}

// notice is why what a form asked for was not done.
type notice struct {
	text  string // name of the text
	typed bool   // it is about what was typed
}

// render writes the page of p, with the methods where there is something to choose.
func (s *server) render(c *gin.Context, status int, p payment.Payment, refused *notice) {
	language := s.language(c)
	v, err := s.pageOf(c.Request.Context(), p, language, c.Param("secret"), c.Query("choose") != "" || refused != nil)
	if err != nil {
		s.missing(c, err)
		return
	}
	if refused != nil {
		v.Notice, v.Badly = v.Say("notice."+refused.text), refused.typed
	}
	s.html(c, status, "checkout", v)
}

// pageOf builds the page.
func (s *server) pageOf(ctx context.Context, p payment.Payment, language, secret string, choose bool) (page, error) {
	merchant, err := s.Merchants.Merchant(ctx, p.Merchant)
	if err != nil {
		return page{}, err
	}
	now := s.Now()
	told := storyOf(p, now, language)
	v := page{
		frame: frameOf(language), scene: told.sceneOf(), Path: "/c/" + secret, Test: p.Mode == payment.Test, Merchant: merchant.Name,
		Reference: p.Order.Reference, Order: figureOf(p.Order.Amount), Version: p.Version, Number: p.Switches, Now: now.UTC().Format(time.RFC3339),
	}
	v.CanSwitch = p.Switchable()
	if choose && v.CanSwitch && v.Name != "choose" {
		v.scene = told.told("choose", "", pollIdle)
	}
	if v.Name == "choose" {
		if v.Methods, err = s.methods(ctx, p, language); err != nil {
			return page{}, err
		}
	}
	v.Heading = v.Title + " · " + v.Merchant
	told.fill(&v)
	return v, nil
}

// fill adds what goes with the scene.
func (s story) fill(v *page) {
	switch v.Name {
	case "choose", "failed", "canceled", "expired":
	default:
		if s.Method.Type != "" && !s.Debit().Equal(s.Order.Amount) {
			v.Paying = figureOf(s.Debit())
		}
	}
	switch v.Name {
	case "challenge":
		v.Challenge = s.view.NextAction.URL
	case "bank", "crypto", "underpaid":
		s.instruct(v)
	case "failed", "waiting", "expired":
		v.Act = s.remedy(v.CanSwitch)
	}
	for _, kept := range s.Kept() {
		v.Kept = append(v.Kept, figureOf(kept))
	}
	v.Locked = v.Name == "checking" || v.Name == "confirming" || v.Name == "reorganised"
	if v.Name == "confirming" || v.Name == "underpaid" || v.Name == "reorganised" {
		v.Confirmations = s.view.Confirmations
	}
	if s.fault != nil && (v.Name == "failed" || v.Name == "waiting" || v.Name == "checking" || v.Name == "reorganised") {
		v.Help = s.fault.Type + "?lang=" + s.lang
	}
	if v.Tone == "good" || v.Name == "failed" || v.Name == "canceled" || v.Name == "expired" {
		v.Return = s.Order.ReturnURL
	}
}

// missing is what the payer has yet to send: what is due less what was seen on its way.
func (s story) missing() money.Amount {
	last, _ := s.Last()
	due := s.AmountDue()
	return money.Max(due.Sub(s.OnTheWay(last)), due.Asset().Zero())
}

// instruct says where the money goes.
func (s story) instruct(v *page) {
	last, _ := s.Last()
	missing := s.missing()
	v.Missing = figureOf(missing)
	if arrived := s.Arrived(last).Add(s.OnTheWay(last)); arrived.Sign() > 0 {
		v.Arrived = figureOf(arrived)
	}
	if s.now.Before(s.Quote.ExpiresAt) {
		v.Until = momentOf(s.Quote.ExpiresAt, s.lang)
	}
	in := last.Instruction
	if in.Network != "" {
		v.Crypto = coinsOf(in, missing, v.texts)
		return
	}
	v.Bank = &payment.BankDetailsView{
		Amount: missing.Wire(), Holder: in.Holder, IBAN: in.Account, BIC: in.Agent, Reference: in.Reference,
	}
}

// remedy is the best of what the payer can do, as a button. There is none while the payer can do nothing.
func (s story) remedy(switchable bool) *act {
	again, choose := &act{"again", s.texts.say("act.again")}, &act{"choose", s.texts.say("act.choose")}
	switch {
	case !switchable:
		return nil
	case s.Method.Type == "":
		return choose
	case s.fault == nil || s.Status() == payment.StatusExpired:
		return &act{"again", s.texts.say("act.new_rate")}
	}
	for _, remedy := range s.fault.NextActions {
		switch remedy {
		case payment.ActNewQuote:
			return &act{"again", s.texts.say("act.new_rate")}
		case payment.ActRetry, payment.ActAuthenticate:
			return again
		case payment.ActOtherMethod, payment.ActFixDetails:
			return choose
		}
	}
	return choose
}

// Choice names what a form of the page decides. A choice is made once: whatever is sent again under its number, by a
// second click, a reload or another window, changes nothing.
func (p page) Choice() string { return strconv.Itoa(p.Number) }

// missing answers for a page that cannot be shown.
func (s *server) missing(c *gin.Context, err error) {
	if errors.Is(err, errNoPage) {
		s.notFound(c)
		return
	}
	s.Log.Error("page failed", "path", c.FullPath(), "err", err)
	s.note(c, http.StatusServiceUnavailable, "trouble")
}

// notFound says the same about every address that opens nothing.
func (s *server) notFound(c *gin.Context) { s.note(c, http.StatusNotFound, "not_found") }

// noted is a page with one sentence.
type noted struct {
	frame

	Title, Detail string
}

// note writes a page that is about no payment.
func (s *server) note(c *gin.Context, status int, name string) {
	v := noted{frame: frameOf(s.language(c))}
	v.Title, v.Detail = v.Say(name+".title"), v.Say(name+".detail")
	v.Heading = v.Title
	s.html(c, status, "note", v)
}
