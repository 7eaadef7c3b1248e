package ledger_test

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/causeway-pay/causeway/ledger"
	"github.com/causeway-pay/causeway/money"
)

const network = "eip155:1"

func TestMain(m *testing.M) {
	for _, asset := range []money.Asset{
		{Code: "ETH", Network: network, Exponent: 18, Kind: money.Native},
		{Code: "USDC", Network: network, Exponent: 6, Kind: money.Token},
	} {
		if err := money.Register(asset); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

func eur(s string) money.Amount  { return money.Must(s, "EUR") }
func gbp(s string) money.Amount  { return money.Must(s, "GBP") }
func usd(s string) money.Amount  { return money.Must(s, "USD") }
func usdc(s string) money.Amount { return money.Must(s, "USDC@"+network) }
func eth(s string) money.Amount  { return money.Must(s, "ETH@"+network) }

// houseUSD is an amount that only a house account holds.
func houseUSD(s string) money.Amount {
	amount, err := money.Restore(s, money.MustAsset("USD"))
	if err != nil {
		panic(err)
	}
	return amount
}

// examples returns the entries of the worked examples by name.
func examples() map[string]ledger.Entry {
	entries := map[string]ledger.Entry{}
	for _, group := range []map[string]entry{cards(), deposits(), payouts(), refunds(), disputes(), treasury()} {
		for name, e := range group {
			entries[name] = e.Entry()
		}
	}
	sweep, deposit, debited, revaluation := sweepB2(), depositB1(), debitC3(), ledger.DailyRevaluation{ID: "rev:booked:1", Gain: eur("12.34")}
	entries["F1"] = sweep.Entry().Reverse("swp_1:orphaned")
	deposit.ID = "rct_2:credited"
	entries["F3"] = deposit.Entry()
	entries["C5b-debited"] = debited.Entry().Reverse("att_1:restored")
	entries["H2-nextday"] = revaluation.Entry().Reverse("rev:reversed:1")
	return entries
}

type entry interface{ Entry() ledger.Entry }

func saleA() ledger.Capture {
	return ledger.Capture{
		ID: "att_1:captured", Merchant: "m_1", Channel: "card.acme",
		Paid: eur("99.99"), AtMid: houseUSD("109.989"),
		Credited: usd("109.43"), Margin: houseUSD("0.549945"), Rounding: houseUSD("0.009055"),
		Fee: usd("1.65"), Cost: eur("1.30"),
	}
}

func cards() map[string]entry {
	settled := ledger.ChannelSettlement{ID: "stm_1:settled:7", Channel: "card.acme", Bank: "bank", Net: eur("98.69")}
	dearer, cheaper := settled, settled
	dearer.Net, dearer.ExtraCost = eur("98.65"), eur("0.04")
	cheaper.Net, cheaper.ExtraCost = eur("98.74"), eur("0.05").Neg()

	first := saleA().Part("att_1:captured:cap_1", eur("60.00"))
	last := saleA().Part("att_1:captured:cap_2", eur("39.99"), first)
	late := saleA().Part("", eur("99.99")).Less("att_1:captured:cap_2", first) // fee and cost are the rest
	late.AtMid, late.Credited, late.Margin, late.Rounding = houseUSD("47.988"), usd("47.74"), houseUSD("0.23994"), houseUSD("0.00806")
	return map[string]entry{
		"A1-late":     late,
		"A1":          saleA(),
		"A1-first":    first,
		"A1-last":     last,
		"A2-channel":  settled,
		"A2-dearer":   dearer,
		"A2-cheaper":  cheaper,
		"A2-merchant": ledger.Settlement{ID: "pay_1:settled:1", Merchant: "m_1", Amount: usd("107.78")},
		"A3":          ledger.Cover{ID: "cov_1:filled", Bank: "bank", Sold: eur("99.99"), Bought: usd("109.89"), AtMid: houseUSD("109.989")},
		"A1-domestic": ledger.Capture{
			ID: "att_1:captured", Merchant: "m_1", Channel: "card.acme",
			Paid: eur("99.99"), AtMid: eur("99.99"), Credited: eur("99.99"), Fee: eur("1.50"), SenderFee: eur("0.50"),
		},
		"G1": ledger.OrphanFound{ID: "orp_1:found", Channel: "card.acme", Amount: eur("99.99")},
		"G3": ledger.StrayRefund{ID: "ref_1:found", Channel: "card.acme", Amount: eur("99.99")},
		"G2": ledger.OrphanReversed{ID: "orp_1:reversed", Channel: "card.acme", Amount: eur("99.99"), Cost: eur("1.30")},
	}
}

func depositB1() ledger.Deposit {
	return ledger.Deposit{
		ID: "rct_1:credited", Merchant: "m_1", Payment: "pay_1", Into: ledger.ChainDeposit(network),
		Paid: usdc("55.275"), AtMid: eur("50.25"), Credited: eur("50.00"), Margin: eur("0.25"), Fee: eur("0.50"),
	}
}

func sweepB2() ledger.Sweep {
	return ledger.Sweep{ID: "swp_1:final", Network: network, Amount: usdc("55.275"), Gas: eth("0.00018")}
}

func deposits() map[string]entry {
	reverted := ledger.Sweep{ID: "swp_1:reverted", Network: network, Gas: eth("0.00018")}
	completed := depositB1()
	completed.ID, completed.Claimed = "rct_2:credited", usdc("30")
	late := depositB1()
	late.Paid = usdc("54.27")
	return map[string]entry{
		"B-late":       late,
		"B-late-over":  ledger.Claim{ID: "rct_1:over", Payment: "pay_1", Into: ledger.ChainDeposit(network), Amount: usdc("1.005")},
		"B-late-short": ledger.Claim{ID: "rct_1:credited", Payment: "pay_1", Into: ledger.ChainDeposit(network), Amount: usdc("54")},
		"B1":           depositB1(),
		"B1-settled":   ledger.Settlement{ID: "pay_1:settled:1", Merchant: "m_1", Amount: eur("49.50")},
		"B2":           sweepB2(),
		"B2-reverted":  reverted,
		"B3":           ledger.Funding{ID: "gas_1:funded", Account: ledger.Chain(network, "hot"), Amount: eth("1")},
		"B4":           ledger.Claim{ID: "rct_1:over", Payment: "pay_1", Into: ledger.ChainDeposit(network), Amount: usdc("5")},
		"B5":           ledger.ClaimPaid{ID: "clm_1:paid", Payment: "pay_1", Network: network, Amount: usdc("5")},
		"B6":           ledger.Claim{ID: "rct_1:credited", Payment: "pay_1", Into: ledger.ChainDeposit(network), Amount: usdc("30")},
		"B7":           completed,
		"F2":           ledger.DepositOrphaned{ID: "rct_1:orphaned", Deposit: depositB1()},
		"F2-settled":   ledger.DepositOrphaned{ID: "rct_1:orphaned", Deposit: depositB1(), Settled: true},
		"F4":           ledger.ReorgGuarantee{ID: "rct_1:guaranteed", Merchant: "m_1", Amount: eur("49.50")},
	}
}

func debitC3() ledger.PayoutSettled {
	return ledger.PayoutSettled{ID: "att_1:booked", Channel: "xb.bank", Bank: "xb.bank", Amount: gbp("1000.00")}
}

func payouts() map[string]entry {
	sent := ledger.PayoutSent{
		ID: "att_1:accepted", Merchant: "m_1", Channel: "xb.bank",
		Reserved: usd("1264.25"), AtMid: usd("1250.00"), Margin: usd("6.25"), Fee: usd("8.00"), Sent: gbp("1000.00"),
	}
	return map[string]entry{
		"C1":       ledger.PayoutReserved{ID: "po_1:reserved", Merchant: "m_1", Amount: usd("1264.25")},
		"C1-chain": ledger.PayoutReserved{ID: "po_1:reserved", Merchant: "m_1", Amount: usdc("100")},
		"C2":       sent,
		"C3":       debitC3(),
		"C4":       ledger.PayoutCharges{ID: "att_1:charges:12.00", Bank: "xb.bank", Amount: gbp("12.00")},
		"C5":       ledger.PayoutReleased{ID: "po_1:released", Merchant: "m_1", Amount: usd("1264.25")},
		"C5b":      ledger.PayoutRejected{ID: "att_1:rejected", Payout: sent},
		"C6": ledger.PayoutReturned{
			ID: "ret_1:returned", Merchant: "m_1", Bank: "xb.bank",
			Returned: gbp("980.00"), AtMid: usd("1215.20"), Credited: usd("1215.20"),
		},
		"C7": ledger.PayoutMadeWhole{ID: "ret_1:returned", Bank: "xb.bank", Payout: sent, Returned: gbp("980.00"), AtMidNow: usd("1240.00")},
		"C2-domestic": ledger.PayoutSent{
			ID: "att_1:accepted", Merchant: "m_1", Channel: "xb.bank",
			Reserved: usd("1008.00"), AtMid: usd("1000.00"), Fee: usd("8.00"), Sent: usd("1000.00"),
		},
		"C-chain": ledger.PayoutMined{
			ID: "att_1:final", Merchant: "m_1", Network: network,
			Reserved: usdc("100"), AtMid: usdc("100"), Sent: usdc("100"), Gas: eth("0.00042"),
		},
	}
}

func refunds() map[string]entry {
	full := saleA().Refund("ref_1:refunded", eur("99.99"), houseUSD("112.9887"))
	full.ChannelFee = eur("0.10")
	first := saleA().Refund("ref_1:refunded", eur("60.00"), houseUSD("67.80"))
	last := saleA().Refund("ref_2:refunded", eur("39.99"), houseUSD("44.7888"), first)
	return map[string]entry{
		"D1":         ledger.RefundRequest{ID: "ref_1:requested", Merchant: "m_1", FromAvailable: usd("109.43")},
		"D1-pending": ledger.RefundRequest{ID: "ref_1:requested", Merchant: "m_1", FromPending: usd("40.00"), FromAvailable: usd("69.43")},
		"D1-current": ledger.RefundRequest{ID: "ref_1:requested", Merchant: "m_1", FromAvailable: usd("113.56")},
		"D2":         full,
		"D2-gain":    saleA().Refund("ref_1:refunded", eur("99.99"), houseUSD("106.9893")),
		"D2-first":   first,
		"D2-last":    last,
		"D3": ledger.RefundCurrent{
			ID: "ref_1:refunded", Merchant: "m_1", Channel: "card.acme", Paid: eur("99.99"),
			Reserved: usd("113.56"), AtMid: houseUSD("112.9887"), Margin: houseUSD("0.5649435"), Rounding: houseUSD("0.0063565"), ChannelFee: eur("0.10"),
		},
		"D4":         ledger.RefundRelease{ID: "ref_1:released", Merchant: "m_1", ToAvailable: usd("109.43")},
		"D4-pending": ledger.RefundRelease{ID: "ref_1:released", Merchant: "m_1", ToPending: usd("40.00"), ToAvailable: usd("69.43")},
	}
}

func disputes() map[string]entry {
	opened := ledger.DisputeOpened{
		ID: "dsp_1:opened", Merchant: "m_1", Channel: "card.acme",
		Disputed: eur("99.99"), DisputeCost: eur("15.00"), Reserved: usd("109.43"), Fee: usd("16.95"),
	}
	refunded := opened
	refunded.Reserved, refunded.Fee = money.Amount{}, money.Amount{}
	return map[string]entry{
		"E1":          opened,
		"E1-refunded": refunded,
		"E2":          ledger.DisputeLost(saleA().Refund("dsp_1:lost", eur("99.99"), houseUSD("112.9887"))),
		"E3":          ledger.DisputeWon{ID: "dsp_1:won", Merchant: "m_1", Channel: "card.acme", Disputed: eur("99.99"), Reserved: usd("109.43")},
		"E4":          ledger.WriteOff{ID: "dsp_1:written_off", Account: ledger.MerchantAvailable("m_1"), Amount: usd("126.38")},
		"E4-refunded": ledger.WriteOff{ID: "dsp_1:lost", Account: ledger.Disputes("card.acme"), Amount: eur("99.99")},
	}
}

func treasury() map[string]entry {
	return map[string]entry{
		"H1": ledger.Funding{ID: "fnd_1:funded", Account: ledger.Nostro("bank", "USD"), Amount: usd("10000.00")},
		"H2": ledger.DailyRevaluation{ID: "rev:booked:1", Gain: eur("12.34")},
		"H3": ledger.RollingReserve{ID: "stm_1:reserved:8", Channel: "card.acme", Amount: eur("5.00")},
	}
}

func TestWorkedExamples(t *testing.T) {
	want := map[string][]string{}
	for _, line := range fixture(t, "testdata/examples.txt") {
		name, row, _ := strings.Cut(line, " | ")
		want[name] = append(want[name], row)
	}
	entries := examples()
	for name, e := range entries {
		if err := e.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var rows []string
		for row := range strings.Lines(e.String()) {
			rows = append(rows, e.ID+" | "+strings.TrimSuffix(row, "\n"))
		}
		if !slices.Equal(rows, want[name]) {
			t.Errorf("%s posts\n%s\nwant\n%s", name, strings.Join(rows, "\n"), strings.Join(want[name], "\n"))
		}
	}
	for name := range want {
		if _, made := entries[name]; !made {
			t.Errorf("%s is in the table and not in the code", name)
		}
	}
}

func TestBalancesAreShownOnTheNormalSide(t *testing.T) {
	entries := examples()
	for _, line := range fixture(t, "testdata/balances.txt") {
		names, want, _ := strings.Cut(line, " | ")
		var booked []ledger.Entry
		for name := range strings.FieldsSeq(names) {
			e, known := entries[name]
			if !known {
				t.Fatalf("no example %s", name)
			}
			booked = append(booked, e)
		}
		if got := shown(booked); got != want {
			t.Errorf("after %s\n got %s\nwant %s", names, got, want)
		}
	}
}

// shown lists the balances other than zero that the entries leave, on the normal side of each account.
func shown(entries []ledger.Entry) string {
	type line struct {
		account ledger.Account
		asset   money.Asset
	}
	signed := map[line]money.Amount{}
	for _, e := range entries {
		for _, p := range e.Postings {
			at := line{p.Account, p.Amount.Asset()}
			if _, begun := signed[at]; !begun {
				signed[at] = at.asset.Zero()
			}
			signed[at] = signed[at].Add(p.Amount)
		}
	}
	var lines []string
	for at, sum := range signed {
		if !sum.IsZero() {
			lines = append(lines, string(at.account)+" "+at.account.Balance(sum).String())
		}
	}
	if len(lines) == 0 {
		return "none"
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

// fixture returns the lines of a file that are neither empty nor comments.
func fixture(t *testing.T, path string) []string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var lines []string
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		if line := scanner.Text(); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}
