package checkout_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"

	"github.com/causeway-pay/causeway/gateway/checkout"
	"github.com/causeway-pay/causeway/gateway/gatewaytest"
	"github.com/causeway-pay/causeway/halt"
)

func TestWrongSecretsAreAllAlike(t *testing.T) {
	l := newLab(t)
	l.bill(gatewaytest.Order())
	first := l.get("/c/AAAAAAAAAAAAAAAAAAAAAAAAAA")
	for _, path := range []string{"/c/BBBBBBBBBBBBBBBBBBBBBBBBBB", "/c/x", "/c/" + strings.Repeat("A", 1000), "/c/AAAAAAAAAAAAAAAAAAAAAAAAAA/more", "/c/"} {
		if w := l.get(path); w.Code != http.StatusNotFound || w.Body.String() != first.Body.String() {
			t.Errorf("%.40s answered %d:\n%s", path, w.Code, w.Body)
		}
	}
	wants(t, first.Body.String(), "There is no such page")
	wants(t, l.get("/c/x", "Accept-Language", "zh-CN,zh;q=0.9").Body.String(), "页面不存在")
}

func TestHeaders(t *testing.T) {
	l := newLab(t)
	b := l.bill(gatewaytest.Order())
	w := l.get(b.path)
	for name, want := range map[string]string{
		"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		"Content-Type": "text/html; charset=utf-8",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	policy := w.Header().Get("Content-Security-Policy")
	wants(t, policy, "default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'")
	lacks(t, policy, "unsafe", "http:", "https:", "*")
	for _, asset := range regexp.MustCompile(`/c/assets/[^"]+`).FindAllString(w.Body.String(), -1) {
		if a := l.get(asset); a.Code != http.StatusOK || !strings.Contains(a.Header().Get("Cache-Control"), "immutable") || a.Body.Len() == 0 {
			t.Errorf("%s answered %d", asset, a.Code)
		}
	}
	lacks(t, l.log.String(), strings.TrimPrefix(b.path, "/c/"))
}

func TestLanguage(t *testing.T) {
	l := newLab(t)
	b := l.bill(gatewaytest.Order())
	asked := l.get(b.path+"?lang=zh", "Accept-Language", "en")
	wants(t, asked.Body.String(), `<html lang="zh-CN">`, "?lang=en")
	cookie := asked.Header().Get("Set-Cookie")
	wants(t, cookie, "lang=zh", "HttpOnly", "SameSite=Lax", "Secure")
	wants(t, l.get(b.path, "Cookie", "lang=zh", "Accept-Language", "en").Body.String(), `<html lang="zh-CN">`)
	wants(t, l.get(b.path, "Cookie", "lang=xx", "Accept-Language", "fr,zh;q=0.5").Body.String(), `<html lang="zh-CN">`)
	wants(t, l.get(b.path+"?lang=xx", "Accept-Language", "fr").Body.String(), `<html lang="en">`)
}

var (
	gap   = regexp.MustCompile(`%\[\d\][sd]`)
	named = regexp.MustCompile(`\.Say "([a-z0-9_.]+)"`)
)

func TestEveryTextIsInEveryLanguage(t *testing.T) {
	texts := map[string]map[string]string{}
	for _, language := range checkout.Languages {
		data, err := os.ReadFile("texts/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]string
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(err)
		}
		texts[language] = all
	}
	first := texts[checkout.Languages[0]]
	for language, all := range texts {
		for name, text := range all {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", language, name)
			}
			other, ok := first[name]
			if !ok || len(all) != len(first) {
				t.Errorf("%s: %s, of %d texts, not %d", language, name, len(all), len(first))
			}
			if gaps, want := sorted(gap.FindAllString(text, -1)), sorted(gap.FindAllString(other, -1)); !slices.Equal(gaps, want) {
				t.Errorf("%s: %s has the gaps %v, not %v", language, name, gaps, want)
			}
		}
	}
	files, err := os.ReadDir("pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile("pages/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, use := range named.FindAllStringSubmatch(string(source), -1) {
			if _, ok := first[use[1]]; !ok {
				t.Errorf("%s: there is no text %s", file.Name(), use[1])
			}
		}
	}
	for _, token := range checkout.Tokens {
		if first["token."+token] == "" {
			t.Errorf("the test card %s has no name", token)
		}
	}
}

func sorted(all []string) []string { slices.Sort(all); return all }

var run = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`)

// drawn reads the dark squares of the page's QR code.
func drawn(t *testing.T, page string, size int) [][]bool {
	t.Helper()
	if !strings.Contains(page, fmt.Sprintf(`viewBox="0 0 %d %d"`, size, size)) {
		t.Fatalf("the code is not %d squares wide", size)
	}
	grid := make([][]bool, size)
	for y := range grid {
		grid[y] = make([]bool, size)
	}
	for _, m := range run.FindAllStringSubmatch(page, -1) {
		var x, y, width int
		if _, err := fmt.Sscan(m[1]+" "+m[2]+" "+m[3], &x, &y, &width); err != nil {
			t.Fatal(err)
		}
		for i := range width {
			grid[y][x+i] = true
		}
	}
	return grid
}

func TestCodeOfACoinHoldsTheAmountAndThatOfATokenOnlyTheAddress(t *testing.T) {
	l := newLab(t)
	eth, usdc, rest := l.bill(gatewaytest.Order(), coin("ETH")), l.bill(gatewaytest.Order(), coin("USDC")), l.bill(gatewaytest.Order(), coin("ETH"))
	rest.arrive("0x1", "0.01", 6, 6)
	for name, c := range map[string]struct {
		b    bill
		says string
		link string
	}{
		"coin":  {eth, "ethereum:" + place(eth) + "@1337?value=" + units(eth), "ethereum:" + place(eth) + "@1337?value=" + units(eth)},
		"token": {usdc, place(usdc), "ethereum:0x982e69ecDB3805b4E2Aa8686ad06dC788eFAF46C@1337/transfer?address=" + place(usdc) + "&amp;uint256=" + units(usdc)},
		"rest":  {rest, "ethereum:" + place(rest) + "@1337?value=" + units(rest), ""},
	} {
		page := c.b.page("en")
		code, err := qrcode.New(c.says, qrcode.Medium)
		if err != nil {
			t.Fatal(err)
		}
		want := code.Bitmap()
		got := drawn(t, page, len(want))
		if !slices.EqualFunc(got, want, slices.Equal[[]bool]) {
			t.Errorf("the code of the %s does not say %s", name, c.says)
		}
		wants(t, page, `href="`+c.link, "QR code: send "+number(c.b)+"\u00a0")
	}
}

func place(b bill) string {
	last, _ := b.load().Last()
	return last.Instruction.PayTo
}

func units(b bill) string { return b.load().AmountDue().Units().String() }

func number(b bill) string {
	return strings.TrimRight(b.load().AmountDue().Value(), "0")
}

func TestStatusPage(t *testing.T) {
	l := newLab(t)
	l.force(gatewaytest.ChainChannel)
	var told struct {
		Status     string
		Components []struct {
			Rail, Status, Since string
			Available           bool
		}
	}
	data := l.get("/status")
	if err := json.Unmarshal(data.Body.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	if told.Status != "major" || len(told.Components) != 3 || told.Components[2].Rail != "onchain" || told.Components[2].Available ||
		told.Components[2].Status != "major_outage" || told.Components[0].Status != "operational" || told.Components[0].Since == "" {
		t.Errorf("told %+v", told)
	}
	page := l.get("/status", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	wants(t, page.Body.String(), "A rail is down", "Operational", "Crypto")
	wants(t, l.get("/status?lang=zh", "Accept", "text/html").Body.String(), "有一类通道中断")
	var summary struct {
		Page       struct{ ID, Name, URL string }
		Status     struct{ Indicator, Description string }
		Components []struct{ ID, Name, Status string }
		Incidents  []any
	}
	body := l.get("/api/v2/summary.json").Body
	if err := json.Unmarshal(body.Bytes(), &summary); err != nil {
		t.Fatal(err)
	}
	if summary.Status.Indicator != "major" || summary.Page.URL != "https://pay.example/status" || len(summary.Components) != 3 || summary.Incidents == nil {
		t.Errorf("told %+v", summary)
	}
	lacks(t, data.Body.String()+page.Body.String()+body.String(), internals...)
}

// TestTheStatusPageTellsThatPayoutsAreHalted: to programs, to people in both languages, and not why.
func TestTheStatusPageTellsThatPayoutsAreHalted(t *testing.T) {
	l := newLab(t)
	wants(t, l.get("/status").Body.String(), `"payouts":"operational"`, `"status":"none"`)
	if err := l.Store.Halt(t.Context(), halt.Payouts, "I4: entry e does not sum", l.Now()); err != nil {
		t.Fatal(err)
	}
	data := l.get("/status").Body.String()
	wants(t, data, `"payouts":"halted"`, `"status":"minor"`)
	wants(t, l.get("/status", "Accept", "text/html").Body.String(), "payouts wait while we check our books")
	wants(t, l.get("/status?lang=zh", "Accept", "text/html").Body.String(), "付款暂停")
	summary := l.get("/api/v2/summary.json").Body.String()
	wants(t, summary, `"indicator":"minor"`)
	lacks(t, data+summary, "I4")
}
