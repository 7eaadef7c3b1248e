package payment

import "strings"

// Text is what a person reads about a reason.
type Text struct {
	Title  string // what happened, in a few words
	Detail string // what that means and what to do, in one or two sentences
}

// Text returns what a person reads about r, in English unless lang has a text of its own.
func (r Reason) Text(lang string) Text {
	texts := reasonTexts[r]
	if !r.Known() {
		texts = reasonTexts[GenericDecline]
	}
	if lang == "zh" {
		return texts[1]
	}
	return texts[0]
}

// Text returns the sentence that says where the money is.
func (s MoneyState) Text(lang string) string {
	texts := moneyTexts[s]
	if lang == "zh" {
		return texts[1]
	}
	return texts[0]
}

// joined puts sentences one after another. Chinese has no space between them.
func joined(lang string, sentences ...string) string {
	if lang == "zh" {
		return strings.Join(sentences, "")
	}
	return strings.Join(sentences, " ")
}

var moneyTexts = map[MoneyState][2]string{
	NotCharged:   {"No money was taken.", "未扣款。"},
	Charged:      {"The money was taken.", "已扣款。"},
	PartlyPaid:   {"What has arrived is kept for this payment.", "已收到的款项将计入本次支付。"},
	MaybeCharged: {"We are checking whether money was taken; do not pay again.", "我们正在核实是否已扣款，请勿重复支付。"},
}

// reasonTexts holds English, which is the default, and Chinese.
var reasonTexts = map[Reason][2]Text{
	NotReached: {
		{"Connection to the payment channel failed", "The payment did not reach the payment channel. It is safe to pay again."},
		{"无法连接支付渠道", "支付请求未到达支付渠道，可以放心重新支付。"},
	},
	NoAnswer: {
		{"The answer was lost", "The payment channel did not answer. We ask it until we know; nothing has to be done."},
		{"未收到支付结果", "支付渠道没有回应，我们会持续查询直到确认结果，您无需操作。"},
	},
	EchoMismatch: {
		{"The answer did not match", "The payment channel answered about another amount. We ask it until we know; nothing has to be done."},
		{"支付结果不一致", "支付渠道返回的金额不符，我们会持续查询直到确认结果，您无需操作。"},
	},
	InsufficientFunds: {
		{"Not enough money on the card", "Use another card or method, or ask the bank that issued the card."},
		{"卡内余额不足", "请换一张卡或使用其他支付方式，或咨询发卡银行。"},
	},
	LimitExceeded: {
		{"The card's limit is exceeded", "Use another card or method, or ask the bank that issued the card to raise the limit."},
		{"超出卡片限额", "请换一张卡或使用其他支付方式，或请发卡银行提高限额。"},
	},
	ChannelUnavailable: {
		{"This way to pay is not available now", "No payment channel can take the payment at the moment. Try again later or use another method."},
		{"该支付方式暂不可用", "目前没有可用的支付渠道，请稍后再试或使用其他支付方式。"},
	},
	ChannelClosed: {
		{"The payment channel is closed", "The payment channel does not accept payments at the moment. Try again later or use another method."},
		{"支付渠道已关闭", "支付渠道目前不接受付款，请稍后再试或使用其他支付方式。"},
	},
	ChannelError: {
		{"The payment channel has a fault", "The payment channel could not process the payment. Try again later or use another method."},
		{"支付渠道故障", "支付渠道无法处理该笔支付，请稍后再试或使用其他支付方式。"},
	},
	ChannelMisconfigured: {
		{"The payment channel refused our request", "The payment channel is not set up correctly on our side. Use another method."},
		{"支付渠道拒绝请求", "我们的支付渠道配置有误，请使用其他支付方式。"},
	},
	RateLimited: {
		{"The payment channel is too busy", "The payment channel accepts no more payments for the moment. Try again in a minute."},
		{"支付渠道繁忙", "支付渠道暂时无法接受更多付款，请一分钟后再试。"},
	},
	CurrencyNotSupported: {
		{"The currency is not supported", "The payment channel does not support this currency. Use another method."},
		{"不支持该币种", "支付渠道不支持该币种，请使用其他支付方式。"},
	},
	MerchantNotEnabled: {
		{"The merchant is not enabled", "The payment channel does not serve this merchant yet. Use another method."},
		{"商户未开通", "该支付渠道尚未为此商户开通，请使用其他支付方式。"},
	},
	AuthRequired: {
		{"Please confirm that it is you", "The bank that issued the card asks for a confirmation. Complete it to pay."},
		{"请完成身份验证", "发卡银行要求验证身份，完成验证后即可支付。"},
	},
	AuthFailed: {
		{"The confirmation failed", "The bank that issued the card could not confirm that it is you. Try again or use another method."},
		{"身份验证失败", "发卡银行未能确认您的身份，请重试或使用其他支付方式。"},
	},
	IssuerUnavailable: {
		{"The card's bank cannot be reached", "The bank that issued the card does not answer at the moment. Try again later or use another method."},
		{"发卡银行暂时无法连接", "发卡银行目前没有回应，请稍后再试或使用其他支付方式。"},
	},
	AwaitingChannel: {
		{"The bank is still deciding", "The payment was accepted and is not decided yet. We tell you as soon as it is."},
		{"银行处理中", "支付已受理但尚未确定结果，一有结果我们会立即通知您。"},
	},
	QuoteExpired: {
		{"The price has expired", "The price was only held for a limited time. Get a new price to pay."},
		{"报价已过期", "报价仅在限定时间内有效，请获取新报价后支付。"},
	},
	PaymentExpired: {
		{"The payment has expired", "The time to pay has run out. Start again to pay."},
		{"支付已过期", "支付时间已过，请重新发起支付。"},
	},
	AuthorizationLapsed: {
		{"The authorization has ended", "The merchant did not take the reserved money in time, and the bank released it."},
		{"预授权已失效", "商户未在有效期内扣款，银行已释放预授权金额。"},
	},
	ExpiredCard: {
		{"The card has expired", "Check the expiry date or use another card."},
		{"卡片已过期", "请检查有效期或换一张卡。"},
	},
	IncorrectCVC: {
		{"The security code is wrong", "Check the three or four digits on the card and try again."},
		{"安全码错误", "请核对卡上的三位或四位安全码后重试。"},
	},
	InvalidCard: {
		{"The card details are wrong", "Check the card number and the expiry date, or use another card."},
		{"卡片信息有误", "请核对卡号和有效期，或换一张卡。"},
	},
	AmountExceeds: {
		{"The amount is too high", "The amount is more than what is left of the payment."},
		{"金额过高", "金额超出该笔支付的剩余金额。"},
	},
	DoNotHonor: {
		{"The card's bank declined", "The bank that issued the card declined without saying why. Use another card or ask the bank."},
		{"发卡银行拒绝", "发卡银行拒绝了该笔支付且未说明原因，请换一张卡或咨询银行。"},
	},
	LostCard: {
		{"The card was reported lost", "The card cannot be used. Use another card or ask the bank."},
		{"卡片已挂失", "该卡无法使用，请换一张卡或咨询银行。"},
	},
	StolenCard: {
		{"The card was reported stolen", "The card cannot be used. Use another card or ask the bank."},
		{"卡片已报失窃", "该卡无法使用，请换一张卡或咨询银行。"},
	},
	SuspectedFraud: {
		{"The card's bank suspects fraud", "The bank that issued the card declined for security reasons. Use another card or ask the bank."},
		{"发卡银行怀疑存在风险", "发卡银行出于安全原因拒绝，请换一张卡或咨询银行。"},
	},
	GenericDecline: {
		{"The payment was declined", "The payment was declined. Use another card or method, or ask the bank that issued the card."},
		{"支付被拒绝", "支付被拒绝，请换一张卡或使用其他支付方式，或咨询发卡银行。"},
	},
	CanceledByMerchant: {
		{"The payment was canceled", "The merchant canceled the payment."},
		{"支付已取消", "商户已取消该笔支付。"},
	},
	FencedByUs: {
		{"The attempt was canceled", "The payment channel did not answer, so the attempt was canceled there. It cannot be charged any more."},
		{"该次支付已撤销", "支付渠道没有回应，我们已在渠道处撤销该次支付，之后不会再扣款。"},
	},
	AwaitingPayer: {
		{"Waiting for your transfer", "Send the amount to the place shown. Nothing has arrived yet."},
		{"等待您付款", "请将款项转至所示账户或地址，目前尚未收到。"},
	},
	AwaitingConfirmations: {
		{"Your transfer was seen", "It counts once the network has confirmed it. Nothing has to be done."},
		{"已检测到您的转账", "网络确认后即生效，您无需操作。"},
	},
	Underpaid: {
		{"Part of the amount has arrived", "Send the rest to the same place, and the payment is complete."},
		{"仅收到部分款项", "请将剩余金额转至同一账户或地址，即可完成支付。"},
	},
	Reorganised: {
		{"The network took the transfer back", "The network rearranged its blocks. Usually the transfer returns by itself in a moment; do not pay again."},
		{"网络撤回了该笔转账", "区块链发生重组，转账通常会很快自动恢复，请勿重复支付。"},
	},
	AwaitingRate: {
		{"Waiting for an exchange rate", "The money has arrived. It counts as soon as there is an exchange rate again; nothing has to be done."},
		{"等待可用汇率", "款项已收到，一旦有可用汇率即会入账，您无需操作。"},
	},
	InvalidAccount: {
		{"The account does not exist", "The bank knows no such account. Check the account details with the beneficiary."},
		{"账户不存在", "银行查无此账户，请与收款人核对账户信息。"},
	},
	AccountClosed: {
		{"The account is closed", "The beneficiary's bank closed or blocked the account. Ask the beneficiary for another one."},
		{"账户已关闭", "收款行已关闭或冻结该账户，请向收款人索取其他账户。"},
	},
	RegulatoryReason: {
		{"The bank refused for regulatory reasons", "The bank needs more information, or may not carry out this transfer."},
		{"银行因合规原因拒绝", "银行需要更多信息，或不得办理此笔转账。"},
	},
	OutOfFunds: {
		{"The channel has no funds now", "The channel cannot pay out at the moment. Another way is tried, or try again later."},
		{"渠道资金不足", "该渠道暂时无法付款，系统会尝试其他渠道，或请稍后再试。"},
	},
	InTransfer: {
		{"The money is on its way", "The bank has sent it. It arrives as soon as the beneficiary's bank has booked it."},
		{"款项在途", "银行已汇出，收款行入账后即到账。"},
	},
	Halted: {
		{"Payouts are halted", "All payouts wait while we check our books. No money has left. The payout goes out by itself if they go on while its price holds; otherwise it fails, and its money is available again."},
		{"付款已暂停", "我们正在核对账目，所有付款均已暂停，款项尚未汇出。若在价格保留期内恢复，该笔付款将自动汇出；否则付款失败，款项退回可用余额。"},
	},
	Uncovered: {
		{"Your balance is below zero", "A payout waits until your balance covers it again, for as long as its price holds. No money has left."},
		{"账户余额为负", "在价格保留期内，付款将等待余额恢复到足以支付。款项尚未汇出。"},
	},
	LadderExhausted: {
		{"A person is looking at the payment", "The payment channel did not tell what became of the payment. Our team settles it by hand."},
		{"人工处理中", "支付渠道未能告知支付结果，我们的工作人员正在人工核实。"},
	},
	NotAdmitted: {
		{"The payment channel is busy", "The payment channel takes no more at the moment, so the payment was not sent there."},
		{"支付渠道繁忙", "支付渠道暂时无法接收更多请求，该笔支付未被发送。"},
	},
	LateSuccess: {
		{"A person is looking at it", "The payment channel carried this out after it had been given up. Our team settles it by hand."},
		{"人工处理中", "支付渠道在我们放弃该操作之后仍然执行了它，我们的工作人员正在人工核实。"},
	},
}
