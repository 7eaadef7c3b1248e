package checkout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/causeway-pay/causeway/access"
	"github.com/causeway-pay/causeway/breaker"
	"github.com/causeway-pay/causeway/gateway/gatewaytest"
	"github.com/causeway-pay/causeway/payment"
)

// internals are what no payer may read: names of channels and breakers, ids, the merchant's own data.
var internals = []string{
	gatewaytest.CardChannel, gatewaytest.BankChannel, gatewaytest.ChainChannel, "breaker", "forced_open", "att_", "quo_", "pay_", "m_1", "margin",
	"secret-note", "payer@example.com", "%!",
}

func manual() payment.Order {
	order := gatewaytest.Order()
	order.Capture = payment.CaptureManual
	return order
}

// scenes are all that a page can be about, with what it has to say in English and in Chinese, and what it must not offer.
var scenes = []struct {
	name  string
	make  func(l *lab) bill
	en    []string
	zh    []string
	lacks []string
}{
	{
		"choose", func(l *lab) bill { return l.bill(gatewaytest.Order()) },
		[]string{"How would you like to pay?", "49.90", "order-1042", "Kaffeehaus Nord", "54.510327", "1 USDC = 0.915", "No fee", "Arrives at once", "Test mode"},
		[]string{"请选择支付方式", "用银行卡支付", "无手续费", "测试模式"},
		[]string{"http-equiv"},
	},
	{
		"challenge", func(l *lab) bill { return l.bill(gatewaytest.Order(), card("tok_challenge")) },
		[]string{`href="https://issuer.example/challenge"`, "Confirm with your bank"},
		[]string{"前往银行验证"},
		[]string{"<form"},
	},
	{
		"bank", func(l *lab) bill { return l.bill(gatewaytest.Order(), bank) },
		[]string{"DE89 3704 0044 0532 0130 00", `data-copy="DE89370400440532013000"`, "COBADEFFXXX", "RF18 0000 0000 0001", "Causeway Payments GmbH", `data-copy="49.90"`, "http-equiv"},
		[]string{"收款人", "附言"},
		nil,
	},
	{
		"crypto", func(l *lab) bill { return l.bill(gatewaytest.Order(), coin("USDC")) },
		[]string{`data-copy="54.510327"`, "Devnet", "Token contract", "Open in wallet", `class="qr"`, "data-until="},
		[]string{"代币合约", "在钱包中打开"},
		nil,
	},
	{
		"confirming", func(l *lab) bill {
			b := l.bill(gatewaytest.Order(), coin("USDC"))
			b.arrive("0x1", "54.510327", 2, 6)
			return b
		},
		[]string{"Your transfer was seen", "2 of 6 confirmations", `value="2" max="6"`, "do not pay again"},
		[]string{"已确认 2 次，共需 6 次"},
		[]string{`class="qr"`, "<form", "Pay another way"},
	},
	{
		"underpaid", func(l *lab) bill {
			b := l.bill(gatewaytest.Order(), coin("USDC"))
			b.arrive("0x1", "20", 6, 6)
			return b
		},
		[]string{"Part of the amount has arrived", "20\u00a0USDC", `data-copy="34.510327"`, `class="qr"`},
		[]string{"仅收到部分款项"},
		[]string{"<form", "Pay another way"},
	},
	{
		"reorganised", func(l *lab) bill {
			b := l.bill(gatewaytest.Order(), coin("USDC"))
			b.arrive("0x1", "54.510327", 6, 6)
			if err := l.TakeBack(l.t.Context(), b.id, "0x1"); err != nil {
				l.t.Fatal(err)
			}
			return b
		},
		[]string{"The network took the transfer back"},
		[]string{"网络撤回了该笔转账"},
		[]string{`class="qr"`, "<form"},
	},
	{
		"overpaid", func(l *lab) bill {
			b := l.bill(gatewaytest.Order(), coin("USDC"))
			b.arrive("0x1", "60", 6, 6)
			return b
		},
		[]string{"You sent 5.489673\u00a0USDC more", "Kept for you", "write to Kaffeehaus Nord, name the order order-1042"},
		[]string{"您多付了 5.489673", "已为您保留"},
		[]string{"<form"},
	},
	{
		"sent after another way was chosen", func(l *lab) bill {
			b := l.bill(gatewaytest.Order(), bank)
			b.arriveAfter(func() { b.choose(choice("0", "card", "token", "tok_visa")) }, "tx-1", "49.90")
			return b
		},
		[]string{"The payment is complete", "Kept for you", "49.90\u00a0EUR"},
		[]string{"支付成功", "已为您保留"},
		[]string{"<form"},
	},
	{
		"paid late", func(l *lab) bill {
			b := l.bill(gatewaytest.Order(), coin("USDC"))
			b.pass(time.Hour)
			b.arrive("0x1", "54.510327", 6, 6)
			return b
		},
		[]string{"It came after the held price had ended"},
		[]string{"在价格保留期后到账"},
		[]string{"<form"},
	},
	{
		"paid", func(l *lab) bill { return l.bill(gatewaytest.Order(), card("tok_visa")) },
		[]string{"The payment is complete", `href="https://shop.example/thanks"`, "Back to Kaffeehaus Nord"},
		[]string{"支付成功", "返回 Kaffeehaus Nord"},
		[]string{"<form", "Pay another way"},
	},
	{
		"authorized", func(l *lab) bill { return l.bill(manual(), card("tok_visa")) },
		[]string{"Payment reserved"},
		[]string{"款项已预留"},
		[]string{"<form"},
	},
	{
		"unknown", func(l *lab) bill { return l.bill(gatewaytest.Order(), card("tok_no_answer")) },
		[]string{"We are checking. Please do not pay again.", "you cannot choose another way to pay: you could be charged twice"},
		[]string{"正在核实，请勿重复支付", "在结果明确之前不能更换支付方式"},
		[]string{"<form", `class="button"`, "Pay another way"},
	},
	{
		"pending", func(l *lab) bill { return l.bill(gatewaytest.Order(), card("tok_pending")) },
		[]string{"The bank is still deciding", "do not pay again"},
		[]string{"银行处理中"},
		[]string{"<form", `class="button"`, "Pay another way"},
	},
	{
		"failed", func(l *lab) bill { return l.bill(gatewaytest.Order(), card("tok_insufficient_funds")) },
		[]string{"Not enough money on the card", "No money was taken.", "Choose another way to pay", "/help/balance"},
		[]string{"卡内余额不足", "未扣款"},
		nil,
	},
	{
		"failed, to be tried again", func(l *lab) bill { return l.bill(gatewaytest.Order(), card("tok_authentication_failed")) },
		[]string{"The confirmation failed", "Try again", `value="again"`},
		[]string{"重试"},
		nil,
	},
	{
		"reported lost", func(l *lab) bill { return l.bill(gatewaytest.Order(), card("tok_lost")) },
		[]string{"The payment was declined"},
		[]string{"支付被拒绝"},
		[]string{"lost", "挂失"},
	},
	{
		"expired", func(l *lab) bill {
			b := l.bill(gatewaytest.Order(), coin("USDC"))
			b.pass(time.Hour)
			return b
		},
		[]string{"The price has expired", "Get a new rate", "do not send it again"},
		[]string{"获取新汇率", "请勿重复转账"},
		[]string{`class="qr"`},
	},
	{
		"expired before a choice", func(l *lab) bill {
			b := l.bill(gatewaytest.Order())
			b.pass(25 * time.Hour)
			return b
		},
		[]string{"The price has expired", "Choose another way to pay"},
		[]string{"报价已过期"},
		nil,
	},
	{
		"no channel", func(l *lab) bill {
			b := l.bill(gatewaytest.Order())
			l.force(gatewaytest.CardChannel)
			b.choose(choice("0", "card", "token", "tok_visa"))
			return b
		},
		[]string{"This way to pay is not available now", "No money was taken."},
		[]string{"该支付方式暂不可用"},
		nil,
	},
	{
		"method down", func(l *lab) bill {
			l.force(gatewaytest.ChainChannel)
			return l.bill(gatewaytest.Order())
		},
		[]string{"Not available right now. Please choose another way"},
		[]string{"暂不可用，请选择其他方式"},
		[]string{"Pay with USDC"},
	},
	{
		"method that does not fit", func(l *lab) bill {
			order, err := gatewaytest.OrderOf("12500.00")
			if err != nil {
				l.t.Fatal(err)
			}
			return l.bill(order)
		},
		[]string{"Bank transfer", "Only for amounts up to 10,000.00\u00a0EUR.", "Pay by card"},
		[]string{"银行转账", "仅限不超过 10,000.00\u00a0EUR 的金额。"},
		[]string{"Pay by bank transfer"},
	},
	{
		"methods that cannot reserve", func(l *lab) bill { return l.bill(manual()) },
		[]string{"The amount is only reserved at first, which is not possible this way.", "Pay by card"},
		[]string{"该订单需先预留款项，此方式不支持。"},
		[]string{"Pay by bank transfer", "Pay with USDC"},
	},
	{
		"canceled", func(l *lab) bill {
			b := l.bill(gatewaytest.Order())
			if err := l.Withdraw(l.t.Context(), b.id); err != nil {
				l.t.Fatal(err)
			}
			return b
		},
		[]string{"The payment was canceled"},
		[]string{"支付已取消"},
		[]string{"<form", "Pay another way"},
	},
}

func (l *lab) force(channel string) {
	l.t.Helper()
	if _, err := l.Board.Decide(breaker.Flag{Channel: channel, Status: breaker.ForcedOpen, By: "test"}); err != nil {
		l.t.Fatal(err)
	}
}

func TestEveryScene(t *testing.T) {
	for _, scene := range scenes {
		t.Run(scene.name, func(t *testing.T) {
			b := scene.make(newLab(t))
			en, zh := b.page("en"), b.page("zh")
			wants(t, en, append(scene.en, `<html lang="en">`, `lang="zh"`)...)
			wants(t, zh, append(scene.zh, `<html lang="zh-CN">`)...)
			lacks(t, en, append(scene.lacks, internals...)...)
			lacks(t, zh, internals...)
			if strings.Contains(en, " style=") || strings.Contains(en, "<script>") || strings.Contains(en, "onclick") {
				t.Error("the page has inline style or script, which its policy forbids")
			}
		})
	}
}

func TestWhatOthersWroteIsEscaped(t *testing.T) {
	l := newLab(t)
	hostile := `<script>alert("x")</script>`
	if err := l.Store.SaveMerchant(t.Context(), access.Merchant{ID: gatewaytest.Merchant, Name: "M" + hostile, Currency: "EUR"}); err != nil {
		t.Fatal(err)
	}
	order := gatewaytest.Order()
	order.Reference, order.ReturnURL = "R"+hostile, "javascript:alert(1)"
	order.Metadata = map[string]string{"note": "secret-note"}
	order.Customer = payment.Customer{Email: "payer@example.com"}
	for _, b := range []bill{l.bill(order), l.bill(order, card("tok_visa")), l.bill(order, card("tok_declined"))} {
		page := b.page("en")
		lacks(t, page, append(internals, "<script>alert", `href="javascript:`)...)
		wants(t, page, "M&lt;script&gt;", "R&lt;script&gt;")
	}
}

func TestFollowing(t *testing.T) {
	l := newLab(t)
	b := l.bill(gatewaytest.Order(), coin("USDC"))
	b.arrive("0x1", "54.510327", 2, 6)
	first := l.get(b.path + "/status")
	wants(t, first.Body.String(), `"status":"processing"`, `"title":"Your transfer was seen"`, `"confirmations":{"have":2,"need":6}`, `"expires_at":"`)
	lacks(t, first.Body.String(), append(internals, "Kaffeehaus", "order-1042", "0x5a")...)
	tag := first.Header().Get("ETag")
	if again := l.get(b.path+"/status", "If-None-Match", tag); again.Code != 304 || again.Body.Len() > 0 {
		t.Errorf("unchanged, it answered %d with %q", again.Code, again.Body)
	}
	b.arrive("0x1", "54.510327", 3, 6)
	if next := l.get(b.path+"/status", "If-None-Match", tag); next.Code != 200 || next.Header().Get("ETag") == tag {
		t.Errorf("changed, it answered %d with tag %s", next.Code, next.Header().Get("ETag"))
	}
	if gone := l.get("/c/AAAAAAAAAAAAAAAAAAAAAAAAAA/status"); gone.Code != 404 {
		t.Errorf("a wrong secret answered %d", gone.Code)
	}
}
