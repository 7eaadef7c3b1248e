package checkout

import (
	"html/template"
	"strings"
	"time"

	"github.com/causeway-pay/causeway/money"
)

// figure is an amount as people read it.
type figure struct {
	Number string // "1,234.50"
	Code   string // "EUR"
	Exact  string // "1234.50", to copy
}

// figureOf writes an amount. A coin's trailing zeros say nothing; a currency's are expected.
func figureOf(a money.Amount) figure {
	number := a.Value()
	if a.Asset().Kind != money.Fiat && strings.Contains(number, ".") {
		number = strings.TrimSuffix(strings.TrimRight(number, "0"), ".")
	}
	return figure{Number: thousands(number), Code: a.Asset().Code, Exact: number}
}

// String is the amount in one piece, its number and code kept on one line.
func (f figure) String() string { return f.Number + "\u00a0" + f.Code }

// Long reports whether the number needs smaller letters.
func (f figure) Long() bool {
	const most = 12
	return len(f.Number) > most
}

// Short is the number with as many decimals as people compare by. A sign tells when something was left out.
func (f figure) Short() string {
	const most = 8 // decimals
	whole, fraction, _ := strings.Cut(f.Number, ".")
	if len(fraction) <= most || strings.Trim(whole+fraction[:most], "0") == "" {
		return f.Number
	}
	return "≈\u00a0" + whole + "." + fraction[:most]
}

// thousands groups the digits before the point.
func thousands(number string) string {
	whole, fraction, dotted := strings.Cut(number, ".")
	whole = grouped(whole, len(whole)%3, 3, ",")
	if dotted {
		return whole + "." + fraction
	}
	return whole
}

// inFours writes an account number or reference as it stands on paper: in groups of four.
func inFours(text string) string { return grouped(strings.ReplaceAll(text, " ", ""), 0, 4, " ") }

// grouped cuts text into groups of size, the first one shorter where first is not zero.
func grouped(text string, first, size int, between string) string {
	var groups []string
	if first > 0 {
		groups, text = append(groups, text[:first]), text[first:]
	}
	for len(text) > size {
		groups, text = append(groups, text[:size]), text[size:]
	}
	if text != "" {
		groups = append(groups, text)
	}
	return strings.Join(groups, between)
}

// networks are the chains that people know by a name.
var networks = map[string]string{
	"eip155:1": "Ethereum", "eip155:10": "OP Mainnet", "eip155:56": "BNB Smart Chain", "eip155:137": "Polygon", "eip155:8453": "Base",
	"eip155:42161": "Arbitrum One", "eip155:43114": "Avalanche", "eip155:11155111": "Sepolia", "eip155:1337": "Devnet",
}

// networkName is what people call a chain: its name, or its id where it has none.
func networkName(network string) string {
	if name, ok := networks[network]; ok {
		return name
	}
	return network
}

// moment is a time as people read it, for a <time>.
type moment struct {
	Stamp string // for machines
	Text  string
}

func momentOf(t time.Time, language string) moment {
	if t.IsZero() {
		return moment{}
	}
	layout := "2 Jan 2006, 15:04\u00a0UTC"
	if language == "zh" {
		layout = "2006年1月2日 15:04\u00a0UTC"
	}
	t = t.UTC()
	return moment{Stamp: t.Format(time.RFC3339), Text: t.Format(layout)}
}

// wallet makes a link of an address that this program wrote itself.
func wallet(uri string) template.URL { return template.URL(uri) }

// snippet is a text with a button that copies it.
type snippet struct {
	Value, Word string
	What        string // what it is, for those who do not see what stands beside the button
}

// Copy is the button for a value.
func (f frame) Copy(name, value string) snippet { return snippet{value, f.Say("copy"), f.Say(name)} }
