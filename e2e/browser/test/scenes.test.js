// Every scene in both languages: accessible, legible at 320 px, without a complaint of the browser.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { clean, openStage } from "./stage.js";

let stage;
before(async () => { stage = await openStage(); });
afterEach(() => stage.done());
after(() => stage.close());

async function sent(have, amount) {
  const payment = await stage.pay({ method: "USDC" });
  await stage.ask("/transfers", { payment: payment.id, tx: `0x${payment.id}`, amount, have, need: 6 });
  return payment;
}

async function expired(method) {
  const payment = await stage.pay({ method });
  await stage.ask("/pass", { payment: payment.id, seconds: 3600 });
  return payment;
}

async function canceled() {
  const payment = await stage.pay();
  await stage.ask("/cancel", { payment: payment.id });
  return payment;
}

const scenes = {
  choose: [() => stage.pay(), /How would you like to pay/, /请选择支付方式/],
  challenge: [() => stage.pay({ method: "card", token: "tok_challenge" }), /Confirm with your bank/, /前往银行验证/],
  "bank transfer": [() => stage.pay({ method: "bank_transfer" }), /DE89 3704/, /附言/],
  coin: [() => stage.pay({ method: "ETH" }), /Scan with your wallet/, /用钱包扫码/],
  token: [() => stage.pay({ method: "USDC" }), /Token contract/, /代币合约/],
  confirming: [() => sent(2), /Confirmation 2 of 6/, /第 2 次确认/],
  underpaid: [() => sent(6, "20"), /Part of the amount has arrived/, /仅收到部分款项/],
  paid: [() => stage.pay({ method: "card", token: "tok_visa" }), /The payment is complete/, /支付成功/],
  failed: [() => stage.pay({ method: "card", token: "tok_insufficient_funds" }), /No money was taken/, /未扣款/],
  checking: [() => stage.pay({ method: "card", token: "tok_no_answer" }), /do not pay again/, /请勿重复支付/],
  expired: [() => expired("USDC"), /Get a new rate/, /获取新汇率/],
  canceled: [canceled, /was canceled/, /支付已取消/],
  "not found": [() => ({ url: `${stage.url}/c/AAAAAAAAAAAAAAAAAAAAAAAAAA` }), /There is no such page/, /页面不存在/],
  status: [() => ({ url: `${stage.url}/status` }), /All systems operational/, /所有服务正常/],
};

for (const [name, [make, en, zh]] of Object.entries(scenes)) {
  test(name, async () => {
    const { url } = await make();
    for (const [lang, says] of [["en-GB", en], ["zh-CN", zh]]) {
      const page = await stage.open(url, { lang, width: 320 });
      assert.match(await page.locator("body").innerText(), says);
      assert.equal(await page.locator("html").getAttribute("lang"), lang.startsWith("zh") ? "zh-CN" : "en");
      await clean(page, `${name} in ${lang}`);
      const complaints = page.complaints.filter((text) => !(name === "not found" && text.includes("404")));
      assert.deepEqual(complaints, []);
      await stage.done();
    }
  });
}

test("without JavaScript the page works by forms and reloads", async () => {
  const { url, id } = await stage.pay();
  const page = await stage.open(url, { javaScriptEnabled: false });
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

test("print leaves out what paper cannot do", async () => {
  const { url } = await stage.pay({ method: "bank_transfer" });
  const page = await stage.open(url);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("button:visible, .links:visible, footer:visible").count(), 0);
  assert.ok(await page.getByText("DE89 3704 0044 0532 0130 00").isVisible());
});

test("nothing turns for those who want no motion", async () => {
  const { url } = await stage.pay({ method: "card", token: "tok_no_answer" });
  const page = await stage.open(url, { reducedMotion: "reduce" });
  const motion = await page.evaluate(() => getComputedStyle(document.querySelector("h1"), "::after").animationName);
  assert.equal(motion, "none");
});
