package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	pollMin     = 10 * time.Millisecond
	pollMax     = time.Hour
	slowestMax  = 30 * 24 * time.Hour
	accountMax  = 34 // characters of an account number
	nostrosMax  = 50
	holderMax   = 70 // characters of a name that every bank prints
	townMax     = 35
	corridorMax = 1000
)

var (
	isBIC      = regexp.MustCompile(`^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
	isCountry  = regexp.MustCompile(`^[A-Z]{2}$`)
	isCorridor = regexp.MustCompile(`^[A-Z]{2}>[A-Z]{2}$`)
	isIBAN     = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}$`)
)

// judgeBank judges what only channels to banks have. The rail itself judges the check digits.
func (c Channel) judgeBank(j *judge, path string) {
	bank, abroad := c.Rail == "bank", c.Rail == "crossborder"
	only := func(set bool, field, rails string) {
		j.require(!set, path+"."+field, "only a %s channel has one", rails)
	}
	if !bank && !abroad {
		for field, set := range map[string]bool{
			"bic": c.BIC != "", "holder": c.Holder != "", "calendar": c.Calendar != "", "cutoff": c.Cutoff != "", "poll": c.Poll != 0,
			"home": c.Home != "", "corridors": len(c.Corridors) > 0,
		} {
			only(set, field, "bank or crossborder")
		}
	}
	if !bank {
		only(c.Account != "", "account", "bank")
	}
	if !abroad {
		for field, set := range map[string]bool{
			"own_bic": c.OwnBIC != "", "town": c.Town != "", "nostros": len(c.Nostros) > 0, "fastest": c.Fastest != 0, "slowest": c.Slowest != 0,
		} {
			only(set, field, "crossborder")
		}
	}
	if bank || abroad {
		c.judgeOffice(j, path)
	}
	if bank {
		j.require(isIBAN.MatchString(c.Account), path+".account", "must be an IBAN without blanks")
		j.require(len(c.Currencies) == 1, path+".currencies", "must be the one of the account")
	}
	if abroad {
		c.judgeAbroad(j, path)
	}
}

// judgeOffice judges what every channel to a bank has.
func (c Channel) judgeOffice(j *judge, path string) {
	j.require(isBIC.MatchString(c.BIC), path+".bic", "must be a BIC of 8 or 11 characters")
	j.require(c.Holder != "" && len(c.Holder) <= holderMax, path+".holder", "must have 1 to %d characters", holderMax)
	j.require(c.Home == "" || isCountry.MatchString(c.Home), path+".home", "must be a country such as DE")
	j.require(c.Calendar == "" || slices.Contains([]string{"ecb", "gb", "us", "weekdays"}, c.Calendar), path+".calendar", "must be ecb, gb, us or weekdays")
	j.require(c.Cutoff == "" || isCutoff(c.Cutoff), path+".cutoff", "must be a time and a zone: 16:00 Europe/Berlin")
	j.require(c.Poll >= pollMin && c.Poll <= pollMax, path+".poll", "must be between 10ms and 1h")
	j.require(len(c.Corridors) <= corridorMax, path+".corridors", "at most %d", corridorMax)
	for i, corridor := range c.Corridors {
		at := fmt.Sprintf("%s.corridors[%d]", path, i)
		j.require(isCorridor.MatchString(corridor), at, "must be countries from and to: DE>CN")
		j.require(c.Home == "" || strings.HasPrefix(corridor, c.Home+">"), at, "must start at home, which is %s", c.Home)
	}
	j.require(len(c.Corridors) == 0 || c.Home != "", path+".home", "is missing beside corridors")
}

func (c Channel) judgeAbroad(j *judge, path string) {
	j.require(isBIC.MatchString(c.OwnBIC), path+".own_bic", "must be a BIC of 8 or 11 characters")
	j.require(c.Town != "" && len(c.Town) <= townMax, path+".town", "must have 1 to %d characters", townMax)
	j.require(isCountry.MatchString(c.Home), path+".home", "must be a country such as DE")
	j.require(!c.Capabilities.Fence, path+".capabilities.fence", "a recall is a request, and no fence")
	j.require(c.Fastest >= 0 && c.Fastest <= c.Slowest, path+".fastest", "must be between 0s and slowest")
	j.require(c.Slowest > 0 && c.Slowest <= slowestMax, path+".slowest", "must be between 0s and 720h")
	j.require(len(c.Nostros) <= nostrosMax, path+".nostros", "at most %d", nostrosMax)
	held := map[string]bool{}
	for i, n := range c.Nostros {
		at := fmt.Sprintf("%s.nostros[%d]", path, i)
		j.require(n.Account != "" && len(n.Account) <= accountMax, at+".account", "must have 1 to %d characters", accountMax)
		j.require(slices.Contains(c.Currencies, n.Currency), at+".currency", "the channel does not take %s", n.Currency)
		j.require(!held[n.Currency], at+".currency", "%s is named twice", n.Currency)
		held[n.Currency] = true
	}
	for i, code := range c.Currencies {
		j.require(held[code], fmt.Sprintf("%s.currencies[%d]", path, i), "has no nostro")
	}
}

// prefix is how the name of a channel begins: its rail, which is long for one of them.
func (c Channel) prefix() string {
	if c.Rail == "crossborder" {
		return "xb."
	}
	return c.Rail + "."
}

func isCutoff(text string) bool {
	clock, place, _ := strings.Cut(text, " ")
	_, err := time.Parse("15:04", clock)
	zone, zoneErr := time.LoadLocation(place)
	return err == nil && len(clock) == len("15:04") && zoneErr == nil && zone != time.UTC && zone != time.Local
}
