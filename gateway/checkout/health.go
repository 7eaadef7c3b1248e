package checkout

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/payment"
)

// condition is how a rail does, in the words of Statuspage.
type condition string

const (
	operational condition = "operational"
	degraded    condition = "degraded_performance"
	partly      condition = "partial_outage"
	outage      condition = "major_outage"
	maintenance condition = "under_maintenance"
)

// component is one rail on the status page.
type component struct {
	Rail      string             `json:"rail"`
	Method    payment.MethodType `json:"method"`
	Name      string             `json:"name"`
	Condition condition          `json:"status"`
	Available bool               `json:"available"`
	Up        int                `json:"channels_available"`
	Channels  int                `json:"channels"`
	Since     string             `json:"since"`

	since time.Time
}

// Words is the condition in the page's language.
func (c component) Words(f frame) string { return f.Say("condition." + string(c.Condition)) }

// At is when the condition began.
func (c component) At(f frame) moment { return momentOf(c.since, f.Language) }

// components sums up the channels by rail, in the order of the configuration. Which channels there are is nobody's
// business; how many of them work is.
func (s *server) components(texts catalogue) []component {
	var all []component
	states := map[payment.MethodType][]breaker.State{}
	for _, c := range s.Gateway.Channels() {
		state, ok := s.Board.State(c.Name)
		if !ok {
			continue
		}
		if states[c.Method] == nil {
			all = append(all, component{Rail: c.Method.Rail(), Method: c.Method, Name: texts.say("rail." + c.Method.Rail())})
		}
		states[c.Method] = append(states[c.Method], state.ForPayers())
	}
	for i := range all {
		all[i] = all[i].of(states[all[i].Method], s.began)
	}
	return all
}

// of judges a rail by its channels: it has been as it is since the last of them changed.
func (c component) of(states []breaker.State, began time.Time) component {
	slow, planned := 0, 0
	c.since = began
	for _, state := range states {
		switch state.Status {
		case breaker.Closed:
			c.Up++
			if state.SlowRatio >= slowShare {
				slow++
			}
		case breaker.HalfOpen:
			slow++
		case breaker.Maintenance:
			planned++
		}
		if state.Since.After(c.since) {
			c.since = state.Since
		}
	}
	c.Channels, c.Available = len(states), c.Up > 0
	c.Since = payment.Stamp(c.since)
	switch {
	case c.Up == c.Channels && slow == 0:
		c.Condition = operational
	case c.Up > 0 && c.Up == c.Channels:
		c.Condition = degraded
	case c.Up > 0:
		c.Condition = partly
	case planned == c.Channels:
		c.Condition = maintenance
	default:
		c.Condition = outage
	}
	return c
}

// slowShare is the share of slow answers from which a rail counts as degraded.
const slowShare = 0.5

// overall is the state of everything, in the words of Statuspage.
func overall(all []component) string {
	count := func(is ...condition) int {
		n := 0
		for _, c := range all {
			if slices.Contains(is, c.Condition) {
				n++
			}
		}
		return n
	}
	down := count(outage)
	switch {
	case len(all) > 0 && down == len(all):
		return "critical"
	case down > 0:
		return "major"
	case count(partly, degraded) > 0:
		return "minor"
	case count(maintenance) > 0:
		return "maintenance"
	default:
		return "none"
	}
}

// Frame is what every page has.
func (r report) Frame() frame { return r.frame }

// report is the status page.
type report struct {
	frame

	Overall    string
	Words      string
	Components []component
	Now        moment
}

// health answers browsers with a page, and programs with JSON.
func (s *server) health(c *gin.Context) {
	language := s.language(c)
	f := frameOf(language)
	all := s.components(f.texts)
	payouts := s.payouts(c)
	indicator, words := standing(f, all, payouts)
	now := s.Now()
	if !wantsPage(c.GetHeader("Accept")) {
		c.JSON(http.StatusOK, gin.H{"status": indicator, "description": words, "components": all, "payouts": payouts, "at": payment.Stamp(now)})
		return
	}
	v := report{frame: f, Overall: indicator, Words: words, Components: all, Now: momentOf(now, language)}
	v.Heading = v.Say("status.title")
	s.html(c, http.StatusOK, "status", v)
}

// Whether payouts go out, as the status page tells it.
const (
	payoutsFlow    = "operational"
	payoutsHalted  = "halted"
	payoutsUnknown = "unknown" // the database does not say
)

func (s *server) payouts(c *gin.Context) string {
	halted, err := s.Gateway.PayoutsHalted(c.Request.Context())
	switch {
	case err != nil:
		s.Log.Warn("status page", "err", err)
		return payoutsUnknown
	case halted:
		return payoutsHalted
	}
	return payoutsFlow
}

// standing is the state of everything, and a sentence about it. That payouts are halted is told unless a rail does worse.
func standing(f frame, all []component, payouts string) (indicator, words string) {
	indicator = overall(all)
	if payouts == payoutsHalted && (indicator == "none" || indicator == "minor" || indicator == "maintenance") {
		return "minor", f.Say("overall.payouts_halted")
	}
	return indicator, f.Say("overall." + indicator)
}

// wantsPage reports whether a sender prefers HTML: it names it before JSON.
func wantsPage(accept string) bool {
	page, data := strings.Index(accept, "text/html"), strings.Index(accept, "application/json")
	return page >= 0 && (data < 0 || page < data)
}

// summary is the part of Statuspage's API that monitors read.
func (s *server) summary(c *gin.Context) {
	f := frameOf(Languages[0])
	all := s.components(f.texts)
	now := payment.Stamp(s.Now())
	components := make([]gin.H, 0, len(all))
	for i, one := range all {
		components = append(components, gin.H{
			"id": one.Rail, "name": one.Name, "status": one.Condition, "created_at": payment.Stamp(s.began), "updated_at": one.Since,
			"position": i + 1, "description": nil, "showcase": true, "start_date": nil, "group_id": nil, "page_id": pageID, "group": false,
			"only_show_if_degraded": false,
		})
	}
	indicator, words := standing(f, all, s.payouts(c))
	c.Header("Access-Control-Allow-Origin", "*") // it is public, and read by other pages
	c.JSON(http.StatusOK, gin.H{
		"page":       gin.H{"id": pageID, "name": "Causeway", "url": s.PublicURL + statusPath, "time_zone": "Etc/UTC", "updated_at": now},
		"status":     gin.H{"indicator": indicator, "description": words},
		"components": components, "incidents": []any{}, "scheduled_maintenances": []any{},
	})
}

const pageID = "causeway"
