// Every scene in both languages: accessible, legible at 320 px, without a complaint of the browser.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { borrow, clean, closeBrowser, openStage } from "./stage.js";

after(closeBrowser);

let transfers = 0;

// sent is a payment to which something was transferred.
async function sent(stage, have, { method = "USDC", amount } = {}) {
  const payment = await stage.pay({ method });
  await stage.ask("/transfers", { payment: payment.id, tx: `0x${transfers += 1}`, amount, have, need: 6 });
  return payment;
}

async function expired(stage) {
  const payment = await stage.pay({ method: "USDC" });
  await stage.ask("/pass", { payment: payment.id, seconds: 3600 });
  return payment;
}

async function late(stage) {
  const payment = await expired(stage);
  await stage.ask("/transfers", { payment: payment.id, tx: "0xlate", have: 6, need: 6 });
  return payment;
}

async function takenBack(stage) {
  const payment = await sent(stage, 6);
  await stage.ask("/reorg", { payment: payment.id, tx: `0x${transfers}` });
  return payment;
}

async function canceled(stage) {
  const payment = await stage.pay();
  await stage.ask("/cancel", { payment: payment.id });
  return payment;
}

async function down(stage) {
  await stage.ask("/channel", { channel: "card.acme-eu", status: "forced_open" });
  return stage.pay({ method: "card", token: "tok_visa" });
}

const card = (token, more) => (stage) => stage.pay({ method: "card", token, ...more });
const by = (method) => (stage) => stage.pay({ method });

// scenes are made on the stage that they are given, and say this in English and in Chinese.
const scenes = {
  choose: [(stage) => stage.pay(), /How would you like to pay/, /请选择支付方式/],
  "a method that does not fit": [(stage) => stage.pay({ amount: "12500.00" }), /Only for amounts up to 10,000\.00/, /仅限不超过 10,000\.00/],
  challenge: [card("tok_challenge"), /Confirm with your bank/, /前往银行验证/],
  "bank transfer": [by("bank_transfer"), /DE89 3704/, /附言/],
  coin: [by("ETH"), /Scan with your wallet/, /用钱包扫码/],
  token: [by("USDC"), /Token contract/, /代币合约/],
  seen: [(stage) => sent(stage, 0), /0 of 6 confirmations/, /已确认 0 次/],
  confirming: [(stage) => sent(stage, 2), /2 of 6 confirmations/, /已确认 2 次/],
  "underpaid by token": [(stage) => sent(stage, 6, { amount: "20" }), /Part of the amount has arrived/, /仅收到部分款项/],
  "underpaid by coin": [(stage) => sent(stage, 6, { method: "ETH", amount: "0.005" }), /Part of the amount has arrived/, /仅收到部分款项/],
  overpaid: [(stage) => sent(stage, 6, { amount: "60" }), /Kept for you\s+5\.489673/, /已为您保留\s+5\.489673/],
  "taken back": [takenBack, /took the transfer back/, /撤回了该笔转账/],
  paid: [card("tok_visa"), /The payment is complete/, /支付成功/],
  authorized: [card("tok_visa", { manual: true }), /Payment reserved/, /款项已预留/],
  failed: [card("tok_insufficient_funds"), /No money was taken/, /未扣款/],
  pending: [card("tok_pending"), /The bank is still deciding/, /银行处理中/],
  checking: [card("tok_no_answer"), /you cannot choose another way to pay/, /不能更换支付方式/],
  canceled: [canceled, /was canceled/, /支付已取消/],
  "not found": [(stage) => ({ url: `${stage.url}/c/AAAAAAAAAAAAAAAAAAAAAAAAAA` }), /There is no such page/, /页面不存在/],
  status: [(stage) => ({ url: `${stage.url}/status` }), /All systems operational/, /所有服务正常/],
};

// These change the stage for everybody: each has one of its own.
const alone = {
  expired: [expired, /Get a new rate/, /获取新汇率/],
  "paid late": [late, /converted at the rate of its arrival/, /已按到账时汇率折算/],
  "channel down": [down, /not available now/, /暂不可用/],
};

async function holds(t, stage, name, [make, en, zh]) {
  const { url } = await make(stage);
  for (const [lang, says] of [["en-GB", en], ["zh-CN", zh]]) {
    const page = await borrow(t, lang);
    await page.goto(url);
    assert.match(await page.locator("body").innerText(), says);
    assert.equal(await page.locator("html").getAttribute("lang"), lang.startsWith("zh") ? "zh-CN" : "en");
    await clean(page, `${name} in ${lang}`);
    const complaints = page.complaints.filter((text) => !(name === "not found" && text.includes("404")));
    assert.deepEqual(complaints, []);
  }
}

describe("scenes", { concurrency: 3 }, () => {
  let stage;
  const ends = [];
  before(async () => { stage = await openStage({ after: (end) => ends.push(end) }); });
  after(() => ends.forEach((end) => end()));

  for (const [name, scene] of Object.entries(scenes)) test(name, (t) => holds(t, stage, name, scene));
  for (const [name, scene] of Object.entries(alone)) test(name, async (t) => holds(t, await openStage(t), name, scene));

  test("without JavaScript the page works by forms and reloads", async (t) => {
    const { url, id } = await stage.pay();
    const page = await stage.open(t, url, { javaScriptEnabled: false });
    assert.equal(await page.locator(".method").count(), 4);
    assert.equal(await page.locator("meta[http-equiv=refresh]").count(), 0, "a page that is filled in may not reload by itself");
    await page.getByRole("button", { name: "Pay with USDC" }).click();
    assert.match(await page.locator("h1").innerText(), /Send the amount/);
    assert.equal(await page.locator("meta[http-equiv=refresh]").count(), 1);
    assert.equal(await page.locator("button.copy:visible").count(), 0, "a button that cannot work is not shown");
    await stage.ask("/transfers", { payment: id, tx: "0xnojs", have: 6, need: 6 });
    await page.getByRole("link", { name: "Refresh" }).click();
    assert.match(await page.locator("h1").innerText(), /Paid/);
  });

  test("print leaves out what paper cannot do", async (t) => {
    const { url } = await stage.pay({ method: "bank_transfer" });
    const page = await stage.open(t, url);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("button:visible, .links:visible, footer:visible").count(), 0);
    assert.ok(await page.getByText("DE89 3704 0044 0532 0130 00").isVisible());
  });

  test("nothing turns for those who want no motion", async (t) => {
    const { url } = await stage.pay({ method: "card", token: "tok_no_answer" });
    const page = await stage.open(t, url, { reducedMotion: "reduce" });
    const motion = await page.evaluate(() => getComputedStyle(document.querySelector("h1"), "::after").animationName);
    assert.equal(motion, "none");
  });
});
